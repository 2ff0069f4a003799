//! What was measured, as a page that a sceptic reads.

mod chart;
pub(crate) mod html;
mod markdown;
mod programs;
pub(crate) mod text;

use crate::report::{Measured, Report};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Reads reports, and writes them as one page in the forms asked for. Fails when a missed target has no page that says why.
pub(crate) fn write(
    from: &[PathBuf],
    programs: Option<&Path>,
    markdown: Option<&Path>,
    html: Option<&Path>,
) -> io::Result<ExitCode> {
    let report = read(from, programs)?;
    let evidence = markdown.map(|page| Evidence::beside(page, &report));
    if let (Some(path), Some(evidence)) = (markdown, &evidence) {
        save(path, &markdown::page(&report, evidence))?;
    }
    if let Some(path) = html {
        save(path, &html::page(&report)?)?;
    }
    let missing = evidence.map_or_else(BTreeSet::new, |evidence| evidence.missing);
    for row in &missing {
        writeln!(io::stderr(), "bench: row {row} is missed and has no page performance/row-{row}.md that says why")?;
    }
    Ok(if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All of them as one: the machine of the first, the sections of all in the order of the rows.
fn read(from: &[PathBuf], programs: Option<&Path>) -> io::Result<Report> {
    let mut reports = from.iter().map(|path| {
        let wrong = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(wrong)?;
        serde_json::from_str::<Report>(&text).map_err(|error| wrong(error.into()))
    });
    let mut all = reports.next().ok_or_else(|| io::Error::other("no report to read"))??;
    for other in reports {
        all.sections.extend(other?.sections);
    }
    if let Some(programs) = programs {
        all.sections.extend(programs::read(programs)?);
    }
    all.sections.sort_by(|one, other| (one.row(), &one.id).cmp(&(other.row(), &other.id)));
    Ok(all)
}

fn save(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
}

/// The pages that say why a target is missed: by row, in the folder `performance` beside the page.
struct Evidence {
    there: BTreeSet<u32>,
    missing: BTreeSet<u32>,
}

impl Evidence {
    fn beside(page: &Path, report: &Report) -> Self {
        let folder = page.with_file_name("performance");
        let missed =
            report.sections.iter().filter(|section| section.verdicts.iter().any(|verdict| verdict.met == Some(false)));
        let (there, missing) =
            missed.map(Measured::row).partition(|row| folder.join(format!("row-{row}.md")).is_file());
        Self { there, missing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernel::Unit, report::Verdict};

    fn report(id: &str, met: bool) -> Report {
        let verdict = Verdict {
            of: "arenite".into(),
            what: "time, ns".into(),
            amount: Some(7.5),
            limit: Some(7.0),
            at_least: false,
            tolerance: 0.0,
            met: Some(met),
            best_opponent: Some(("bumpalo".into(), 9.25)),
        };
        let section = Measured {
            id: id.to_owned().into(),
            title: "a <thing>".into(),
            unit: Unit::Nanoseconds,
            cells: Vec::new(),
            verdicts: vec![verdict],
        };
        Report { machine: crate::machine::machine(), sections: vec![section] }
    }

    fn file(name: &str, text: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("bench-page-{}", std::process::id()));
        fs::create_dir_all(folder.join("performance")).expect("a folder for such");
        fs::write(folder.join(name), text).expect("a file in it");
        folder.join(name)
    }

    #[test]
    fn rows_of_programs_stand_among_the_others() {
        let verdict = |row: u32, what: &str, worst: &str| {
            format!(r#"{{"row":{row},"what":"{what}","amount":1.058,"worst":{worst},"limit":1.03,"met":false}}"#)
        };
        let programs = file(
            "programs.json",
            &format!(
                r#"{{"verdicts":[{},{}]}}"#,
                verdict(23, "Global by mimalloc: instructions, worst", "\"churn\""),
                verdict(24, "peak memory", "null")
            ),
        );
        let from = [file("all.json", &serde_json::to_string(&report("25", true)).expect("it is data"))];
        let page = file("programs.md", "");
        file("performance/row-23.md", "why");
        assert_eq!(write(&from, Some(&programs), Some(&page), None).expect("all is there"), ExitCode::FAILURE);
        let text = fs::read_to_string(&page).expect("it was written");
        assert!(text.contains("| Global by mimalloc | instructions, worst (churn) | 1.06 |"), "{text}");
        assert!(text.contains("(performance/row-23.md)") && !text.contains("(performance/row-24.md)"), "{text}");
        assert!(text.find("| 24 |") < text.find("| 25 |"), "{text}");
        let refused = write(&from, Some(&page), None, Some(&page)).expect_err("no report").to_string();
        assert!(refused.contains("programs.md"), "it names the file: {refused}");
    }

    #[test]
    fn a_missed_target_without_its_page_fails() {
        let json = |report: &Report| serde_json::to_string(report).expect("it is data");
        let from = [file("ten.json", &json(&report("10", true))), file("nine.json", &json(&report("9a", false)))];
        let page = file("page.md", "");
        assert_eq!(write(&from, None, Some(&page), None).expect("all is there"), ExitCode::FAILURE);
        let text = fs::read_to_string(&page).expect("it was written");
        assert!(text.find("| 9a |") < text.find("| 10 |"), "in the order of the rows: {text}");
        assert!(text.contains("bumpalo 9.25") && text.contains("**missed**"), "{text}");
        file("performance/row-9.md", "why");
        assert_eq!(write(&from, None, Some(&page), None).expect("all is there"), ExitCode::SUCCESS);
        assert!(fs::read_to_string(&page).expect("it was written").contains("(performance/row-9.md)"));
        let html = page.with_extension("html");
        write(&from, None, None, Some(&html)).expect("all is there");
        let text = fs::read_to_string(&html).expect("it was written");
        assert!(text.contains("a &lt;thing&gt;"), "a title is text: {text}");
    }
}
