"""What a loss is and does, said to people: pages, curves, budgets of loss and gradient."""
