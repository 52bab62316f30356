//! Fuzzes what `bookbag_tests::fuzz::fuzz_jwe` says.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| bookbag_tests::fuzz::fuzz_jwe(data));
