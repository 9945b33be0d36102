"use strict";
// Traces beyond these are drawn by the whole plotly.js; the list stands in assets/js/plot.js too.
const Plotly = require("plotly.js/lib/core"); // holds scatter
Plotly.register([require("plotly.js/lib/bar"), require("plotly.js/lib/heatmap")]);
module.exports = Plotly;
