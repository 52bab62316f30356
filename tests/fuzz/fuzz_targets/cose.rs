//! Fuzzes what `bookbag_tests::fuzz::fuzz_cose` says.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| bookbag_tests::fuzz::fuzz_cose(data));
