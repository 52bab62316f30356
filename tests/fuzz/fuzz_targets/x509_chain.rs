//! Fuzzes what `bookbag_tests::fuzz_x509::fuzz_x509` says.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| bookbag_tests::fuzz_x509::fuzz_x509(data));
