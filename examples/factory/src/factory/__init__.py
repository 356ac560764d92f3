"""A client for a factory: `factory.aio`, and two sync sides made of it, `factory.sync` and `factory.bridged`."""
