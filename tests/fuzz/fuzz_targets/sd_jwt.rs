//! Fuzzes what `bookbag_tests::fuzz_sd_jwt::fuzz_sd_jwt` says.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| bookbag_tests::fuzz_sd_jwt::fuzz_sd_jwt(data));
