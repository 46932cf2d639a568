"""The cloud on a laptop: AWS's APIs on loopback, with real engines behind them."""
