#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| undercurrent_fuzz::import("dbt", text));
