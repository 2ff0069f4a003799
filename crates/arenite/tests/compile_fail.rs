//! Programs that must not compile. Each lies in `compile_fail/` with what the compiler says of it; those that only a whole
//! build refuses (const assertions) lie in `build_fail/`. `TRYBUILD=overwrite` writes the answers anew.

#[test]
fn programs_that_break_a_lifetime_or_cross_a_thread_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/*.rs");
}

#[test]
fn programs_that_would_never_drop_a_value_do_not_build() {
    let cases = trybuild::TestCases::new();
    // One that passes, so that trybuild builds and does not only check.
    cases.pass("tests/build_fail/pass/values_without_drop.rs");
    cases.compile_fail("tests/build_fail/*.rs");
}
