//! What the suites of this package share: today, what the fuzz targets do with their input.

pub mod fuzz;
pub mod fuzz_dcql;
pub mod fuzz_sd_jwt;
pub mod fuzz_status;
pub mod fuzz_x509;
