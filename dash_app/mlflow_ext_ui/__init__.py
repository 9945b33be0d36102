"""What a person sees: the Dash app, its figures and tabs."""
