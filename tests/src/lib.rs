//! Nothing here: the suites of this package are its test targets.
