"""What the doctor sees in LightGBM and XGBoost: objectives of the user's own, and what is done with their scores."""
