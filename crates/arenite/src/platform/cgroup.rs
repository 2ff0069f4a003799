//! What a container may use: the limits of the process's control groups.

#![cfg(any(target_os = "linux", test))]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bytes that the tightest of the process's groups allows, and how many it could still take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct GroupLimit {
    pub(super) limit: u64,
    pub(super) free: u64,
}

/// One generation of control groups: the names of its files.
struct Files {
    limit: &'static str,
    usage: &'static str,
}

const VERSION_2: Files = Files { limit: "memory.max", usage: "memory.current" };
const VERSION_1: Files = Files { limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes" };

/// The tightest limit; `None` when there is none. `mount` is where control groups are mounted, `membership` the text of
/// `/proc/self/cgroup`.
pub(super) fn limit(mount: &Path, membership: &str) -> Option<GroupLimit> {
    let groups = membership.lines().filter_map(|line| {
        // "0::/user.slice" in version 2, "5:memory:/docker/abc" in version 1.
        let mut fields = line.splitn(3, ':');
        let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        if controllers.is_empty() {
            let unified = mount.join("unified");
            return Some((if unified.is_dir() { unified } else { mount.to_path_buf() }, path, &VERSION_2));
        }
        controllers.split(',').any(|name| name == "memory").then(|| (mount.join("memory"), path, &VERSION_1))
    });
    groups
        .flat_map(|(root, path, files)| up_from(root, path).filter_map(|group| read(&group, files)))
        .reduce(|one, other| GroupLimit { limit: one.limit.min(other.limit), free: one.free.min(other.free) })
}

/// The group and those above it, up to the mount: a limit holds for everything below. A container may see its own group
/// as the root and still be told the path that the host knows: what does not exist has no files.
fn up_from(root: PathBuf, path: &str) -> impl Iterator<Item = PathBuf> {
    let mut group = root.clone();
    // What lies above a container's namespace is told with "..", and cannot be seen.
    group.extend(Path::new(path).components().filter(|part| matches!(part, std::path::Component::Normal(_))));
    core::iter::successors(Some(group), |group| group.parent().map(Path::to_path_buf))
        .take_while(move |group| group.starts_with(&root))
}

fn read(group: &Path, files: &Files) -> Option<GroupLimit> {
    let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok();
    // "max" is no number; version 1 says "no limit" with one near 2^63.
    let limit = number(files.limit).filter(|&limit| limit < 1 << 62)?;
    let usage = number(files.usage).unwrap_or(0);
    // The kernel gives the file cache back before it refuses memory.
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let cache = field(&stat, "total_inactive_file").or_else(|| field(&stat, "inactive_file")).unwrap_or(0);
    Some(GroupLimit { limit, free: limit.saturating_sub(usage.saturating_sub(cache)) })
}

/// The number behind a name at the start of a line, as in `memory.stat` and `/proc/meminfo`.
pub(super) fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        (words.next()?.trim_end_matches(':') == name).then(|| words.next()?.parse().ok())?
    })
}

/// As [`limit`], of this process.
#[cfg(target_os = "linux")]
pub(super) fn own_limit() -> Option<GroupLimit> {
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    limit(Path::new("/sys/fs/cgroup"), &membership)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    /// A directory of this test's own, gone with it.
    struct Dir(PathBuf);

    impl Dir {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("arenite-cgroup-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn file(&self, path: &str, text: &str) -> &Self {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_limit_of_version_2_holds_for_groups_below_and_does_not_count_the_file_cache() {
        let dir = Dir::new("v2");
        dir.file("pod/memory.max", "1000000\n").file("pod/memory.current", "700000\n");
        dir.file("pod/memory.stat", "anon 400000\ninactive_file 300000\n");
        dir.file("pod/app/memory.max", "max\n").file("pod/app/memory.current", "600000\n");
        let expected = GroupLimit { limit: 1_000_000, free: 600_000 };
        assert_eq!(limit(&dir.0, "0::/pod/app\n"), Some(expected));
        dir.file("pod/app/memory.max", "650000\n");
        let tighter = GroupLimit { limit: 650_000, free: 50_000 };
        assert_eq!(limit(&dir.0, "0::/pod/app\n"), Some(tighter), "the tightest of them");
    }

    #[test]
    fn a_limit_of_version_1_is_that_of_the_memory_controller() {
        let dir = Dir::new("v1");
        dir.file("memory/docker/abc/memory.limit_in_bytes", "500000");
        dir.file("memory/docker/abc/memory.usage_in_bytes", "100000");
        dir.file("memory/memory.limit_in_bytes", "9223372036854771712");
        let membership = "12:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n";
        assert_eq!(limit(&dir.0, membership), Some(GroupLimit { limit: 500_000, free: 400_000 }));
        assert_eq!(limit(&dir.0, "12:cpu:/docker/abc\n"), None, "another controller's group has no limit of memory");
    }

    #[test]
    fn a_container_that_is_told_the_hosts_path_finds_its_limit_at_the_mount() {
        let dir = Dir::new("host");
        dir.file("memory.max", "4096").file("memory.current", "9999");
        for path in ["0::/system.slice/docker-abc.scope", "0::/../../elsewhere", "0::/"] {
            assert_eq!(limit(&dir.0, path), Some(GroupLimit { limit: 4096, free: 0 }), "{path}");
        }
    }

    #[test]
    fn without_files_or_with_nonsense_in_them_there_is_no_limit() {
        let dir = Dir::new("none");
        assert_eq!(limit(&dir.0, "0::/a\n"), None);
        assert_eq!(limit(&dir.0, "nonsense\n\n:::\n"), None);
        dir.file("memory.max", "many");
        assert_eq!(limit(&dir.0, "0::/\n"), None);
    }
}
