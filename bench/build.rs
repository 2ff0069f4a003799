//! mimalloc v3 beside mimalloc v2 in one binary.
//!
//! `libmimalloc-sys` brings the sources of both and builds one of them; two would define the same symbols. So the other
//! is compiled here, with that crate's own flags, and then all of its symbols are made local but those that the bench
//! calls, which are renamed from `mi_` to `mi3_`. Where there is no `objcopy` for that, v3 is absent from the table.

fn main() {
    println!("cargo:rustc-check-cfg=cfg(mimalloc_v3)");
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "native")]
    v3::build();
}

#[cfg(feature = "native")]
mod v3 {
    use std::{
        env,
        path::{Path, PathBuf},
        process::Command,
    };

    /// What the bench calls.
    const USED: [&str; 5] = ["malloc", "free", "heap_new", "heap_malloc", "heap_destroy"];

    pub(super) fn build() {
        match try_build() {
            Ok(()) => println!("cargo:rustc-cfg=mimalloc_v3"),
            Err(reason) => println!("cargo:warning=mimalloc v3 will be absent: {reason}"),
        }
    }

    fn try_build() -> Result<(), String> {
        if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
            return Err("its symbols are renamed with GNU objcopy, on Linux".into());
        }
        // .../mimalloc/v2/include
        let include = env::var("DEP_MIMALLOC_INCLUDE_DIR").map_err(|_| "libmimalloc-sys names no sources")?;
        let versions = Path::new(&include).ancestors().nth(2).ok_or("no folder of versions")?;
        // For the programs of `bench/clients`, which are built with either.
        println!("cargo:rustc-env=MIMALLOC_SOURCES={}", versions.display());
        let (include, source) = (versions.join("v3/include"), versions.join("v3/src"));
        let mut cc = cc::Build::new();
        cc.include(include).include(&source).file(source.join("static.c"));
        // As the crate builds it in a release, whatever this profile is: frame pointers would slow it down.
        cc.define("MI_DEBUG", "0").define("MI_BUILD_RELEASE", None).define("NDEBUG", None);
        cc.opt_level(3).debug(false).force_frame_pointer(false).flag_if_supported("-ftls-model=initial-exec");
        let objects = cc.warnings(false).try_compile_intermediates().map_err(|error| error.to_string())?;
        let object = objects.first().ok_or("the compiler made nothing")?;

        let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
        let renamed = out.join("mimalloc3.o");
        let mut objcopy = Command::new("objcopy");
        for name in USED {
            objcopy.arg(format!("--redefine-sym=mi_{name}=mi3_{name}")).arg(format!("--keep-global-symbol=mi3_{name}"));
        }
        let status = objcopy.arg(object).arg(&renamed).status().map_err(|error| format!("objcopy: {error}"))?;
        if !status.success() {
            return Err(format!("objcopy: {status}"));
        }
        let mut archive = cc::Build::new();
        archive.object(renamed).try_compile("mimalloc3").map_err(|error| error.to_string())
    }
}
