// Writes plotly-flat.min.js and the licences of all that is in it into the package's assets.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const assets = fileURLToPath(new URL("../mlflow_ext_ui/assets/", import.meta.url));

const { metafile, outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["flat.cjs"],
  outfile: "plotly-flat.min.js",
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "iife",
  globalName: "mlflow_ext_ui.plotlyFlat",
  target: "es2020",
  legalComments: "none",
  define: { global: "window" },
  loader: { ".css": "empty" }, // only maps need it
});

async function licence(name) {
  const folder = `${here}node_modules/${name}/`;
  const about = JSON.parse(await readFile(folder + "package.json", "utf8"));
  const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
  const text = file ? await readFile(folder + file, "utf8") : `Licence: ${about.license}, by ${about.author?.name ?? about.author}`;
  return { title: `${name} ${about.version}`, text: text.trim().replaceAll("\r\n", "\n") };
}

const [bundled] = Object.values(metafile.outputs);
const parts = Object.entries(bundled.inputs).filter(([, part]) => part.bytesInOutput > 0).map(([path]) => path);
const packages = parts.map((path) => path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean);
const licences = await Promise.all([...new Set(packages)].sort().map(licence));
const { title } = licences.find((one) => one.title.startsWith("plotly.js "));
const banner = `/* ${title}, scatter, bar and heatmap only; licences of it and its parts: licences/plotly-flat.txt */\n`;

await writeFile(`${assets}plotly-flat.min.js`, banner + outputFiles[0].text);
await writeFile(`${assets}licences/plotly-flat.txt`, licences.map(({ title, text }) => `${title}\n\n${text}\n`).join(`\n${"-".repeat(72)}\n\n`));
