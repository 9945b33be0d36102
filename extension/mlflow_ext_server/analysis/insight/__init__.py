"""What histories of metrics tell: what went wrong in training, whether runs get better, why two of them differ."""
