//! What was measured, as a page that a sceptic reads.

mod chart;
pub(crate) mod html;
mod markdown;
mod programs;
pub(crate) mod text;

use crate::{
    kernel::Section,
    report::{Measured, Report},
    rows,
};
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
    programs: &[PathBuf],
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

/// Adds the times of another run to those of a section.
fn join(one: &mut Measured, other: &Measured) {
    for cell in &mut one.cells {
        if let Some(again) = other.cells.iter().find(|again| again.contender == cell.contender) {
            cell.take_times(again);
        }
    }
}

/// All of them as one: the machine of the first, the sections of all in the order of the rows.
fn read(from: &[PathBuf], programs: &[PathBuf]) -> io::Result<Report> {
    let mut reports = from.iter().map(|path| {
        let wrong = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(wrong)?;
        serde_json::from_str::<Report>(&text).map_err(|error| wrong(error.into()))
    });
    let mut all = reports.next().ok_or_else(|| io::Error::other("no report to read"))??;
    for other in reports {
        let Report { machine, sections } = other?;
        let (date, commit) = (machine.date, machine.commit.unwrap_or_else(|| "an unknown commit".into()));
        let load = machine.load.map_or_else(String::new, |load| format!(", load {load:.1}"));
        all.machine.joined.push(format!("{date}, {commit}{load}"));
        for section in sections {
            match all.sections.iter_mut().find(|one| one.id == section.id) {
                Some(one) => join(one, &section),
                None => all.sections.push(section),
            }
        }
    }
    all.sections.extend(programs::read(programs)?);
    all.sections.sort_by(|one, other| (one.row(), &one.id).cmp(&(other.row(), &other.id)));
    // By this build's targets, whenever it was measured.
    let known: Vec<Section> = rows::all();
    for one in &mut all.sections {
        if let Some(section) = known.iter().find(|section| section.id == one.id) {
            one.verdicts = section.criteria.iter().map(|criterion| criterion.judge(&one.cells)).collect();
        }
    }
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
    use crate::{
        kernel::{Kernel, Side, Unit},
        report::{Cell, Verdict},
    };

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
        let of = |verdicts: &[String]| format!(r#"{{"verdicts":[{}]}}"#, verdicts.join(","));
        let worst = verdict(23, "Global by mimalloc: instructions, worst", "\"churn\"");
        // Times of a run of their own.
        let unmeasured = worst.replace("1.058", "null");
        let programs = [
            file("programs.json", &of(&[worst])),
            file("more.json", &of(&[unmeasured, verdict(24, "peak memory", "null")])),
        ];
        let from = [file("all.json", &serde_json::to_string(&report("25", true)).expect("it is data"))];
        let page = file("programs.md", "");
        file("performance/row-23.md", "why");
        assert_eq!(write(&from, &programs, Some(&page), None).expect("all is there"), ExitCode::FAILURE);
        let text = fs::read_to_string(&page).expect("it was written");
        assert_eq!(text.matches("Global by mimalloc").count(), 1, "{text}");
        assert!(text.contains("| Global by mimalloc | instructions, worst (churn) | 1.06 |"), "{text}");
        assert!(text.contains("(performance/row-23.md)") && !text.contains("(performance/row-24.md)"), "{text}");
        assert!(text.find("| 24 |") < text.find("| 25 |"), "{text}");
        let refused = write(&from, std::slice::from_ref(&page), None, Some(&page)).expect_err("no report").to_string();
        assert!(refused.contains("programs.md"), "it names the file: {refused}");
    }

    #[test]
    fn rows_of_two_reports_are_joined_and_judged_by_the_better_times() {
        let of = |best: f64| {
            let mut report = report("11", false);
            let kernel = Kernel::named(Side::Ours, "arenite");
            let times = Cell { best_ns: Some(best), median_ns: Some(9.0), spread: Some(1.0), ..Cell::empty(&kernel) };
            report.sections[0].cells = vec![times];
            serde_json::to_string(&report).expect("it is data")
        };
        let all = read(&[file("slow.json", &of(2.5)), file("fast.json", &of(2.0))], &[]).expect("two reports");
        assert_eq!((all.sections.len(), all.sections[0].cells[0].best_ns), (1, Some(2.0)));
        assert_eq!(all.machine.joined.len(), 1);
        let met: Vec<_> = all.sections[0].verdicts.iter().filter(|verdict| verdict.of == "arenite").collect();
        assert_eq!((met[0].amount, met[0].met), (Some(2.0), Some(true)), "2.3 ns of row 11");
    }

    #[test]
    fn a_missed_target_without_its_page_fails() {
        let json = |report: &Report| serde_json::to_string(report).expect("it is data");
        let from = [file("ten.json", &json(&report("10", true))), file("nine.json", &json(&report("9a", false)))];
        let page = file("page.md", "");
        assert_eq!(write(&from, &[], Some(&page), None).expect("all is there"), ExitCode::FAILURE);
        let text = fs::read_to_string(&page).expect("it was written");
        assert!(text.find("| 9a |") < text.find("| 10 |"), "in the order of the rows: {text}");
        assert!(text.contains("bumpalo 9.25") && text.contains("**missed**"), "{text}");
        file("performance/row-9.md", "why");
        assert_eq!(write(&from, &[], Some(&page), None).expect("all is there"), ExitCode::SUCCESS);
        assert!(fs::read_to_string(&page).expect("it was written").contains("(performance/row-9.md)"));
        let html = page.with_extension("html");
        write(&from, &[], None, Some(&html)).expect("all is there");
        let text = fs::read_to_string(&html).expect("it was written");
        assert!(text.contains("a &lt;thing&gt;"), "a title is text: {text}");
    }
}
