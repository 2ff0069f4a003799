use super::Link;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// A machine that is not this one, whose programs are compiled and run here. `.ci/cross` names it:
///
/// - `ARENITE_C_LIBRARIES`: the folder with the libraries, built for it
/// - `ARENITE_C_COMPILERS`: what the names of its compilers start with (`i686-linux-gnu-`, for `i686-linux-gnu-gcc`)
/// - `ARENITE_TEST_RUNNER`: what its programs are run by (`qemu-aarch64-static -L ...`); nothing where the kernel runs them
#[derive(Debug)]
pub struct Machine {
    pub libraries: PathBuf,
    compilers: String,
    runner: Vec<String>,
}

impl Machine {
    /// `None`: the programs are for this machine.
    pub fn other() -> Option<&'static Self> {
        static OTHER: OnceLock<Option<Machine>> = OnceLock::new();
        OTHER
            .get_or_init(|| {
                let libraries = PathBuf::from(env::var_os("ARENITE_C_LIBRARIES")?);
                assert!(libraries.join("libarenite.a").exists(), "no library in {}", libraries.display());
                let compilers =
                    env::var("ARENITE_C_COMPILERS").expect("ARENITE_C_COMPILERS, beside ARENITE_C_LIBRARIES");
                let runner = env::var("ARENITE_TEST_RUNNER").unwrap_or_default();
                Some(Self { libraries, compilers, runner: runner.split_whitespace().map(str::to_owned).collect() })
            })
            .as_ref()
    }

    pub fn is_windows(&self) -> bool {
        self.compilers.contains("mingw")
    }

    pub fn is_32_bit(&self) -> bool {
        self.compilers.starts_with("i686")
    }

    /// Whether something between the kernel and the program has memory of its own.
    pub fn is_emulated(&self) -> bool {
        !self.runner.is_empty()
    }

    /// The name of its gcc, g++ or nm; of others there is none. Of mingw's two g++ the one that has `std::thread`.
    pub fn compiler(&self, name: &str) -> Option<String> {
        let threads = if self.is_windows() && name == "g++" { "-posix" } else { "" };
        matches!(name, "gcc" | "g++" | "nm").then(|| format!("{}{name}{threads}", self.compilers))
    }

    pub fn start(&self, executable: &Path) -> Command {
        let Some((first, arguments)) = self.runner.split_first() else { return Command::new(executable) };
        let mut command = Command::new(first);
        command.args(arguments).arg(executable);
        if self.is_windows() {
            // Windows looks for libraries here, and names folders in its own way.
            command.env("WINEPATH", format!("Z:{}", self.libraries.display()).replace('/', "\\"));
        }
        command
    }

    /// The shared library is `arenite.dll` and needs the file that it is linked by. All else is linked into the program, so
    /// that nothing else has to be found; the libraries are those that Rust's standard library asks for.
    pub fn link_windows(&self, compile: &mut Command, link: Link) {
        let library = match link {
            Link::Static => "libarenite.a",
            Link::Shared => "libarenite.dll.a",
        };
        compile.arg("-static").arg(self.libraries.join(library));
        compile.args(["-lpthread", "-lkernel32", "-lntdll", "-luserenv", "-lws2_32", "-ldbghelp"]);
    }
}
