//! The opponents that no crate builds: mimalloc v3 beside mimalloc v2, rpmalloc with its heaps, Zig's allocators.
//!
//! `libmimalloc-sys` brings the sources of both and builds one of them; two would define the same symbols. So the other
//! is compiled here, with that crate's own flags, and then all of its symbols are made local but those that the bench
//! calls, which are renamed from `mi_` to `mi3_`. Where there is no `objcopy` for that, v3 is absent from the table.

fn main() {
    println!("cargo:rustc-check-cfg=cfg(mimalloc_v3, rpmalloc, zig)");
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "native")]
    {
        v3::build();
        rpmalloc::build();
        zig::build();
    }
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

/// rpmalloc with its heaps: the crate of its sources builds them without.
#[cfg(feature = "native")]
mod rpmalloc {
    use std::{env, path::PathBuf, process::Command};

    pub(super) fn build() {
        match try_build() {
            Ok(()) => println!("cargo:rustc-cfg=rpmalloc"),
            Err(reason) => println!("cargo:warning=rpmalloc will be absent: {reason}"),
        }
    }

    fn try_build() -> Result<(), String> {
        let source = sources()?.join("rpmalloc/rpmalloc/rpmalloc.c");
        let mut cc = cc::Build::new();
        // As the crate builds it, and with what its README says for heaps of one's own.
        cc.file(source).define("RPMALLOC_FIRST_CLASS_HEAPS", "1").define("_GNU_SOURCE", "1");
        cc.opt_level(3).debug(false).force_frame_pointer(false).warnings(false);
        cc.try_compile("rpmalloc").map_err(|error| error.to_string())
    }

    /// Where cargo has put the sources.
    fn sources() -> Result<PathBuf, String> {
        let cargo = env::var_os("CARGO").ok_or("no CARGO")?;
        let mut metadata = Command::new(cargo);
        metadata.args(["metadata", "--format-version", "1", "--offline", "--features", "native"]);
        let output = metadata.output().map_err(|error| format!("cargo metadata: {error}"))?;
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
        let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
        let package = packages.iter().find(|package| package["name"] == "rpmalloc-sys").ok_or("no sources")?;
        let manifest = PathBuf::from(package["manifest_path"].as_str().ok_or("no path")?);
        Ok(manifest.parent().ok_or("no folder")?.to_path_buf())
    }
}

/// Zig's standard allocators, in loops of its own (`zig/kernels.zig`), by `ARENITE_ZIG`, a `zig` in the path, or the Python package
/// `ziglang`.
#[cfg(feature = "native")]
mod zig {
    use std::{env, path::PathBuf, process::Command};

    pub(super) fn build() {
        println!("cargo:rerun-if-changed=zig/kernels.zig");
        println!("cargo:rerun-if-env-changed=ARENITE_ZIG");
        match try_build() {
            Ok(version) => {
                println!("cargo:rustc-cfg=zig");
                println!("cargo:rustc-env=ZIG_VERSION={version}");
            }
            Err(reason) => println!("cargo:warning=Zig will be absent: {reason}"),
        }
    }

    fn try_build() -> Result<String, String> {
        if env::var("TARGET").as_deref() != Ok("x86_64-unknown-linux-gnu") {
            return Err("it is compiled for x86_64 Linux only".into());
        }
        let (zig, version) = compiler().ok_or("no zig; `pip install ziglang`, or ARENITE_ZIG=/path/to/zig")?;
        let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
        let object = out.join("zig_kernels.o");
        let mut compile = command(&zig);
        compile.args(["build-obj", "-OReleaseFast", "-fPIC", "-fno-compiler-rt", "-target", "x86_64-linux-gnu"]);
        // The processor that rustc and cc compile for.
        compile.args(["-mcpu", "baseline", "zig/kernels.zig"]).arg(format!("-femit-bin={}", object.display()));
        compile.arg("--cache-dir").arg(out.join("zig-cache")).arg("--global-cache-dir").arg(out.join("zig-global"));
        let output = compile.output().map_err(|error| format!("{zig:?}: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("it failed").to_owned());
        }
        cc::Build::new().object(object).try_compile("zig_kernels").map_err(|error| error.to_string())?;
        Ok(version)
    }

    fn compiler() -> Option<(Vec<String>, String)> {
        let named = env::var("ARENITE_ZIG").ok().map(|zig| vec![zig]);
        let known = [vec!["zig".to_owned()], ["python3", "-m", "ziglang"].map(String::from).to_vec()];
        named.into_iter().chain(known).find_map(|zig| {
            let output = command(&zig).arg("version").output().ok().filter(|output| output.status.success())?;
            Some((zig, String::from_utf8(output.stdout).ok()?.trim().to_owned()))
        })
    }

    fn command(zig: &[String]) -> Command {
        let mut command = Command::new(&zig[0]);
        command.args(&zig[1..]);
        command
    }
}
