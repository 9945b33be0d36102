"""``python -m mlflow_ext_ui``: the page over invented runs."""

from mlflow_ext_ui.preview import main

if __name__ == "__main__":
    main()
