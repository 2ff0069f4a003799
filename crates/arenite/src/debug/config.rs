//! Settings as text.

use super::{
    Grade, Policy, Text, set_check_every, set_grade, set_node_grade, set_policies, set_sampling, set_shake, set_stacks,
    set_tag_grade,
};
use crate::Tag;
use core::fmt;

/// One word of a text of settings.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Setting<'a> {
    Process(Grade),
    Tag(Tag, Grade),
    Node(&'a str, Grade),
    Shake(u64),
    Sample(usize),
    Stacks(usize),
    Check(usize),
    OnFault(Policy),
}

/// A word of a text of settings that says nothing: which one, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConfigError {
    word: Text,
    why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Why {
    Grade,
    Number,
    Tag,
    Name,
    Policy,
}

impl ConfigError {
    /// The word, cut to [`Text::CAPACITY`] bytes.
    #[must_use]
    pub const fn word(&self) -> Text {
        self.word
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not understood: ", &*self.word)?;
        match self.why {
            Why::Grade => f.write_str(
                "write off, count, sites, guard, quarantine or page, alone or after the name of a tag or node: `audio:guard`",
            ),
            Why::Number => f.write_str("a number stands after the colon: `shake:7`, `sample:16`, `stacks:100`, `check:1000`"),
            Why::Tag => write!(f, "tags have the numbers 0 to {}", Tag::MAX),
            Why::Name => f.write_str("the name of a tag or node stands before the colon: `audio:guard`"),
            Why::Policy => f.write_str("write `on-fault:report`, `on-fault:panic` or `on-fault:abort`"),
        }
    }
}

impl core::error::Error for ConfigError {}

/// Reads one word.
fn parse(word: &str) -> Result<Setting<'_>, ConfigError> {
    let wrong = |why| ConfigError { word: Text::new(word), why };
    let number = |digits: &str| digits.parse().map_err(|_| wrong(Why::Number));
    let grade = |name: &str| name.parse().map_err(|_| wrong(Why::Grade));
    // From the right: a node's name may have colons in it, a grade has none.
    let Some((key, value)) = word.rsplit_once(':') else {
        return grade(word).map(Setting::Process);
    };
    let (key, value) = (key.trim(), value.trim());
    Ok(match key {
        "" => return Err(wrong(Why::Name)),
        "shake" => Setting::Shake(value.parse().map_err(|_| wrong(Why::Number))?),
        "sample" => Setting::Sample(number(value)?),
        "stacks" => Setting::Stacks(number(value)?),
        "check" => Setting::Check(number(value)?),
        "on-fault" => Setting::OnFault(Policy::from_name(value).ok_or_else(|| wrong(Why::Policy))?),
        key => {
            let grade = grade(value)?;
            match (Tag::all().find(|tag| tag.name() == Some(key)), key.parse::<u64>()) {
                (Some(tag), _) => Setting::Tag(tag, grade),
                (None, Ok(number)) => {
                    let tag = u8::try_from(number).ok().and_then(Tag::new).ok_or_else(|| wrong(Why::Tag))?;
                    Setting::Tag(tag, grade)
                }
                (None, Err(_)) => Setting::Node(key, grade),
            }
        }
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn apply(setting: Setting<'_>) {
    match setting {
        Setting::Process(grade) => set_grade(grade),
        Setting::Tag(tag, grade) => set_tag_grade(tag, grade),
        Setting::Node(name, grade) => set_node_grade(name, grade),
        Setting::Shake(seed) => set_shake(seed),
        Setting::Sample(every) => set_sampling(every),
        Setting::Stacks(every) => set_stacks(every),
        Setting::Check(every) => set_check_every(every),
        Setting::OnFault(policy) => set_policies(policy),
    }
}

/// Sets what the text says, in the words of `ARENITE_DEBUG` ([`debug`](super)); what it does not name stays as it is.
/// Whole or not at all.
///
/// # Errors
/// The first word that is not understood.
///
/// ```
/// use arenite::debug;
/// debug::configure("audio:guard, shake:7")?;
/// let error = debug::configure("off,audio:loud").unwrap_err();
/// assert!(error.to_string().starts_with("`audio:loud` is not understood: write off, count"));
/// # Ok::<(), debug::ConfigError>(())
/// ```
pub fn configure(text: &str) -> Result<(), ConfigError> {
    words(text).try_for_each(|word| parse(word).map(drop))?;
    words(text).filter_map(|word| parse(word).ok()).for_each(apply);
    Ok(())
}

/// Sets what `ARENITE_DEBUG` says. A word that is not understood is named on stderr, and the others hold: a slip of the
/// pen must not keep a long run from being watched.
#[cfg(feature = "std")]
pub(super) fn read_environment() {
    let Some(value) = std::env::var_os("ARENITE_DEBUG") else { return };
    for word in words(&value.to_string_lossy()) {
        match parse(word) {
            Ok(setting) => apply(setting),
            Err(error) => super::stderr::print(format_args!("arenite: ARENITE_DEBUG: {error}\n")),
        }
    }
}

/// There is no environment.
#[cfg(not(feature = "std"))]
pub(super) fn read_environment() {}

#[cfg(test)]
mod tests {
    use super::{super::FaultKind, *};
    use alloc::{string::ToString, vec::Vec};

    #[test]
    fn each_word_says_one_thing() {
        let read: Vec<_> = words(
            " audio:guard,, quarantine,shake:7,level 1:page,a:b:off,9:count,sample:16,stacks:0,check:9,on-fault:abort,",
        )
        .map(|word| parse(word).unwrap())
        .collect();
        let expected = [
            Setting::Tag(Tag::AUDIO, Grade::Guard),
            Setting::Process(Grade::Quarantine),
            Setting::Shake(7),
            Setting::Node("level 1", Grade::Page),
            Setting::Node("a:b", Grade::Off),
            Setting::Tag(Tag::new(9).unwrap(), Grade::Count),
            Setting::Sample(16),
            Setting::Stacks(0),
            Setting::Check(9),
            Setting::OnFault(Policy::Abort),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_not_understood_is_named_with_the_reason() {
        for (word, why) in [
            ("loud", Why::Grade),
            ("audio:loud", Why::Grade),
            ("audio:", Why::Grade),
            (":guard", Why::Name),
            ("shake:x", Why::Number),
            ("shake:-1", Why::Number),
            ("sample:", Why::Number),
            ("32:guard", Why::Tag),
            ("300:guard", Why::Tag),
            ("on-fault:cry", Why::Policy),
            ("1", Why::Grade),
        ] {
            let error = parse(word).unwrap_err();
            assert_eq!(error.why, why, "{word}");
            assert!(error.to_string().starts_with(&alloc::format!("`{word}` is not understood: ")));
        }
        assert_eq!(parse("shake:18446744073709551615"), Ok(Setting::Shake(u64::MAX)));
    }

    #[test]
    fn the_policies_and_faults_have_names_that_are_read_back() {
        for policy in Policy::ALL {
            assert_eq!(Policy::from_name(policy.name()), Some(policy));
        }
        for (number, kind) in FaultKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.number(), number);
        }
    }
}
