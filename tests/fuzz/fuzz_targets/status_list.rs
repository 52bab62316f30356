//! Fuzzes what `bookbag_tests::fuzz_status::fuzz_status_list` says.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| bookbag_tests::fuzz_status::fuzz_status_list(data));
