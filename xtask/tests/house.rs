//! The house keeps its own rules, and each rule can fail: toy inputs that break it, beside the real tree that does not.

use xtask::arrows::{self, Crate, HOMES, TABLE};
use xtask::tidy::{self, LongFile};
use xtask::workspace::{self, SourceFile};
use xtask::{Finding, figures};

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        bytes: text.len() as u64,
        text: Some(text.to_owned()),
    }
}

fn krate(name: &str, names: &[&str]) -> Crate {
    Crate {
        name: name.to_owned(),
        names: names.iter().map(|n| (*n).to_owned()).collect(),
    }
}

fn places(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|f| f.place.as_str()).collect()
}

fn print(findings: &[Finding]) -> String {
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    lines.join("\n")
}

#[test]
fn the_tree_is_tidy() {
    let findings = tidy::check(&workspace::files(&workspace::root()).unwrap());
    assert!(findings.is_empty(), "{}", print(&findings));
}

#[test]
fn the_crates_keep_the_table_of_arrows() {
    let root = workspace::root();
    let crates = workspace::crates(&root).unwrap();
    let findings =
        arrows::check_workspace(&crates, |name| workspace::closure(&root, name)).unwrap();
    assert!(findings.is_empty(), "{}", print(&findings));
}

#[test]
fn the_table_is_complete_and_has_no_ring() {
    let mut left: Vec<&arrows::Row> = TABLE.iter().collect();
    assert_eq!(left.len(), 15, "fourteen crates and the tool");
    while !left.is_empty() {
        let (free, bound): (Vec<_>, Vec<_>) = left.iter().copied().partition(|row| {
            row.may
                .iter()
                .all(|to| left.iter().all(|other| other.from != *to))
        });
        assert!(
            !free.is_empty(),
            "a ring among {:?}",
            left.iter().map(|r| r.from).collect::<Vec<_>>()
        );
        left = bound;
    }
    assert!(TABLE.iter().all(|row| {
        row.may
            .iter()
            .all(|to| TABLE.iter().any(|other| other.from == *to))
    }));
}

#[test]
fn architecture_shows_the_same_table() {
    let text = std::fs::read_to_string(workspace::root().join("ARCHITECTURE.md")).unwrap();
    let (_, text) = text.split_once("## Who may name whom").unwrap();
    for row in TABLE {
        let line = text
            .lines()
            .find(|l| l.starts_with(&format!("| `{}` |", row.from)));
        let cell = line
            .and_then(|l| l.split('|').nth(2))
            .unwrap_or_else(|| panic!("no row for {}", row.from));
        let mut shown: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        shown.sort_unstable();
        let expected = if cell.contains("every crate") {
            shown.clone()
        } else {
            row.may.to_vec()
        };
        assert_eq!(shown, expected, "ARCHITECTURE.md, row {}", row.from);
    }
}

#[test]
fn a_forbidden_arrow_is_found() {
    let crates = [
        krate("room-dsp", &["room-metrics"]),
        krate("room-metrics", &["room-dsp", "rustfft"]),
    ];
    let findings = arrows::check_arrows(&crates, TABLE, HOMES);
    assert_eq!(places(&findings), ["room-dsp"]);
    assert!(
        findings[0].message.contains("`room-metrics`"),
        "{}",
        findings[0]
    );
}

#[test]
fn an_arrow_to_a_crate_that_does_not_exist_yet_is_found() {
    let findings = arrows::check_arrows(&[krate("report", &["contract", "chassis"])], TABLE, HOMES);
    assert_eq!(places(&findings), ["report"]);
}

#[test]
fn nobody_names_the_workbench() {
    let findings = arrows::check_arrows(&[krate("sonalyze", &["xtask", "contract"])], TABLE, HOMES);
    assert_eq!(places(&findings), ["sonalyze"]);
}

#[test]
fn a_crate_without_a_row_is_found() {
    let findings = arrows::check_arrows(&[krate("utils", &[])], TABLE, HOMES);
    assert_eq!(places(&findings), ["utils"]);
}

#[test]
fn databases_and_the_web_stay_at_home() {
    let crates = [
        krate("report", &["sqlx"]),
        krate("ledger", &["axum-extra"]),
        krate("storage", &["sqlx", "axum"]),
    ];
    assert_eq!(
        places(&arrows::check_arrows(&crates, TABLE, HOMES)),
        ["report", "ledger"]
    );
}

#[test]
fn a_runtime_in_the_closure_of_a_pure_library_is_found() {
    let closure: Vec<String> = ["room-dsp", "rustfft", "tokio-util", "log"]
        .map(str::to_owned)
        .to_vec();
    let findings = arrows::check_closure("room-dsp", &closure);
    assert_eq!(findings.len(), 2, "{}", print(&findings));
    let allowed = arrows::check_closure(
        "audio-file",
        &["symphonia-core".to_owned(), "log".to_owned()],
    );
    assert!(allowed.is_empty(), "{}", print(&allowed));
}

#[test]
fn the_real_closure_is_the_whole_one() {
    let closure = workspace::closure(&workspace::root(), "room-metrics").unwrap();
    assert_eq!(closure[0], "room-metrics");
    assert!(
        closure.iter().any(|c| c == "rustfft"),
        "arrives through room-dsp: {closure:?}"
    );
}

#[test]
fn a_file_without_its_reason_is_found() {
    let files = [
        file("a.rs", "use x;\n"),
        file("b.rs", "//! Why.\n"),
        file("c.rs", "#![doc = \"x\"]\n"),
    ];
    assert_eq!(places(&tidy::opens_with_why(&files)), ["a.rs"]);
}

#[test]
fn a_long_file_needs_a_reason_and_a_reason_needs_a_long_file() {
    let long = format!("//! Why.\n{}", "x\n".repeat(600));
    let tested = format!("//! Why.\n#[cfg(test)]\n{}", "x\n".repeat(600));
    let files = [
        file("long.rs", &long),
        file("tested.rs", &tested),
        file("tests/long.rs", &long),
    ];
    assert_eq!(places(&tidy::long_files(&files, &[])), ["long.rs"]);
    let listed = [
        LongFile {
            path: "long.rs",
            reason: "one table",
        },
        LongFile {
            path: "tested.rs",
            reason: "was long",
        },
    ];
    assert_eq!(places(&tidy::long_files(&files, &listed)), ["tested.rs"]);
}

#[test]
fn skipped_tests_and_things_left_to_do_are_found() {
    for (head, tail) in [
        ("#[", "ignore]"),
        ("#[should", "_panic]"),
        ("todo", "!()"),
        ("dbg", "!(x)"),
    ] {
        let files = [file(
            "a.rs",
            &format!("//! Why.\n    {head}{tail}\n// {head}{tail}\n"),
        )];
        assert_eq!(
            places(&tidy::dishonest_code(&files)),
            ["a.rs:2"],
            "{head}{tail}"
        );
    }
}

#[test]
fn long_lines_are_found_and_tables_are_not() {
    let prose = "word ".repeat(30);
    let text = format!("//! Why.\n// {prose}\n//! | {prose} |\n");
    assert_eq!(
        places(&tidy::long_lines(&[file("a.rs", &text)])),
        ["a.rs:2"]
    );
    let link = format!("[name](https://example.org/{})", "x".repeat(120));
    assert!(tidy::long_lines(&[file("a.md", &link)]).is_empty());
}

#[test]
fn a_large_blob_is_found_outside_test_data() {
    let blob = |path: &str| SourceFile {
        path: path.to_owned(),
        bytes: (1 << 20) + 1,
        text: None,
    };
    let files = [
        blob("docs/film.bin"),
        blob("report/tests/data/x.flac"),
        blob("examples/x.flac"),
    ];
    assert_eq!(places(&tidy::small_blobs(&files)), ["docs/film.bin"]);
}

#[test]
fn a_path_of_one_machine_is_found() {
    let machine = concat!("see /ro", "ot/notes\n");
    let files = [
        file("README.md", machine),
        file("b.md", "see docs/roots/notes.md\n"),
    ];
    assert_eq!(places(&tidy::forbidden_words(&files)), ["README.md:1"]);
}

#[test]
fn decisions_have_one_number_each() {
    let files = [
        file("docs/decisions/0001-ear.md", ""),
        file("docs/decisions/0001-nose.md", ""),
        file("docs/decisions/2-mouth.md", ""),
        file("docs/decisions/0002-mouth.md", ""),
    ];
    let found = tidy::numbered_once(&files);
    assert_eq!(
        places(&found),
        ["docs/decisions/0001-nose.md", "docs/decisions/2-mouth.md"]
    );
}

#[test]
fn figures_of_an_unknown_step_name_the_known_ones() {
    let set = figures::FigureSet {
        number: 3,
        title: "Step 3",
        measure: |_| Ok(Vec::new()),
    };
    let error = figures::run(&workspace::root(), &[set], 7)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "step 7 has no figures; steps with figures: 3");
}

#[test]
fn a_page_of_figures_names_the_machine_and_holds_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let set = figures::FigureSet {
        number: 4,
        title: "Figures of step 4",
        measure: |_| {
            let mut table = xtask::markdown::Table::new(&["what", "figure"]);
            table.row(&["speed".to_owned(), "12 ms".to_owned()])?;
            Ok(vec![figures::Section {
                title: "Speed".to_owned(),
                method: "Five runs, the median.".to_owned(),
                table,
            }])
        },
    };
    let path = figures::run(folder.path(), &[set], 4).unwrap();
    assert!(path.ends_with("docs/figures/04.md"));
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("| compiler | rustc "), "{text}");
    assert!(
        text.contains("## Speed\n\nFive runs, the median.\n\n| what | figure |"),
        "{text}"
    );
    assert!(
        text.contains("| commit | unknown (git: "),
        "no repository there: {text}"
    );
}
