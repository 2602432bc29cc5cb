//! Where every result of a run goes, settled before any work is done, so that a wrong command line costs no waiting.

use std::path::{Path, PathBuf};

use crate::cli::AnalyzeArguments;
use crate::exit::Failure;
use crate::output::{Destination, Target, check_distinct, stem};

/// Name of the results over all positions, in a folder.
const SUMMARY_STEM: &str = "summary";

/// How a plot is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlotFormat {
    /// Lines and letters.
    Svg,
    /// Pixels.
    Png,
}

impl PlotFormat {
    /// The ending of a file of this format.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// Places for the results of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// The input, `-` for the standard input.
    pub(crate) input: PathBuf,
    /// The result document.
    pub(crate) json: Option<Destination>,
    /// The table of all quantities.
    pub(crate) csv: Option<Destination>,
    /// The plot.
    pub(crate) plot: Option<(Destination, PlotFormat)>,
    /// The report.
    pub(crate) report: Option<Destination>,
    /// The impulse response.
    pub(crate) rir: Option<Destination>,
}

/// Places for all results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// One entry per input, in the order given.
    pub(crate) files: Vec<Places>,
    /// The summary document, when there are several inputs and `--json` names a folder.
    pub(crate) summary_json: Option<Destination>,
    /// The summary report, when there are several inputs and `--report` names a folder.
    pub(crate) summary_report: Option<Destination>,
}

impl Plan {
    /// Settles all places.
    ///
    /// # Errors
    /// Two results in one place, the standard input twice, a plot whose ending names no format.
    pub(crate) fn new(arguments: &AnalyzeArguments) -> Result<Self, Failure> {
        let plot_format = arguments.plot.as_ref().map(plot_format).transpose()?;
        let files: Vec<Places> = arguments
            .files
            .iter()
            .map(|file| places(arguments, file, plot_format))
            .collect();
        let several = files.len() > 1;
        let plan = Self {
            files,
            summary_json: summary(several, arguments.json.as_ref(), "json"),
            summary_report: summary(several, arguments.report.as_ref(), "html"),
        };
        plan.check_inputs()?;
        check_distinct(&plan.destinations())?;
        Ok(plan)
    }

    /// Whether a result goes to the standard output, so that tables must not.
    pub(crate) fn uses_stdout(&self) -> bool {
        self.destinations().contains(&Destination::Stdout)
    }

    fn check_inputs(&self) -> Result<(), Failure> {
        let from_stdin = self
            .files
            .iter()
            .filter(|f| f.input.as_os_str() == "-")
            .count();
        if from_stdin > 1 {
            return Err(Failure::usage(format!(
                "`-` is given {from_stdin} times; the standard input can be read once"
            )));
        }
        Ok(())
    }

    fn destinations(&self) -> Vec<Destination> {
        let each = self.files.iter().flat_map(|f| {
            let plot = f.plot.as_ref().map(|(place, _)| place);
            [
                f.json.as_ref(),
                f.csv.as_ref(),
                plot,
                f.report.as_ref(),
                f.rir.as_ref(),
            ]
        });
        each.chain([self.summary_json.as_ref(), self.summary_report.as_ref()])
            .flatten()
            .cloned()
            .collect()
    }
}

fn places(arguments: &AnalyzeArguments, input: &Path, plot_format: Option<PlotFormat>) -> Places {
    let stem = stem(input);
    let place = |target: &Option<Target>, ending| target.as_ref().map(|t| t.of(&stem, ending));
    Places {
        input: input.to_path_buf(),
        json: place(&arguments.json, "json"),
        csv: place(&arguments.csv, "csv"),
        plot: plot_format
            .and_then(|format| Some((place(&arguments.plot, format.ending())?, format))),
        report: place(&arguments.report, "html"),
        rir: place(&arguments.rir, "wav"),
    }
}

/// The format that the ending of `--plot` names; folders and the standard output get SVG.
pub(crate) fn plot_format(target: &Target) -> Result<PlotFormat, Failure> {
    let is_file = !(target.is_folder() || *target == Target::Stdout);
    match target.ending().as_deref() {
        Some("svg") => Ok(PlotFormat::Svg),
        Some("png") => Ok(PlotFormat::Png),
        None if !is_file => Ok(PlotFormat::Svg),
        Some(_) | None => Err(Failure::usage(format!(
            "--plot {target}: the ending does not name a format; use .svg or .png"
        ))),
    }
}

fn summary(several: bool, target: Option<&Target>, ending: &str) -> Option<Destination> {
    let folder = target.filter(|t| several && t.is_folder())?;
    Some(folder.of(SUMMARY_STEM, ending))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn plan(words: &[&str]) -> Result<Plan, Failure> {
        let line = ["sonalyze", "analyze"].iter().chain(words);
        let Command::Analyze(arguments) = Cli::parse_from(line).command else {
            panic!("another command was parsed")
        };
        Plan::new(&arguments)
    }

    fn file(path: &str) -> Destination {
        Destination::File(PathBuf::from(path))
    }

    #[test]
    fn a_folder_gets_one_result_per_file_and_the_summary() {
        let plan = plan(&[
            "a/x.flac",
            "b/y.flac",
            "--json",
            "out/",
            "--report",
            "r/{stem}.html",
        ])
        .unwrap();
        assert_eq!(plan.files[1].json, Some(file("out/y.json")));
        assert_eq!(plan.files[1].report, Some(file("r/y.html")));
        assert_eq!(plan.summary_json, Some(file("out/summary.json")));
        assert_eq!(plan.summary_report, None);
    }

    #[test]
    fn one_file_has_no_summary() {
        let plan = plan(&["x.flac", "--json", "out/"]).unwrap();
        assert_eq!(
            (plan.files[0].json.clone(), plan.summary_json),
            (Some(file("out/x.json")), None)
        );
    }

    #[test]
    fn several_files_do_not_fit_into_one() {
        for words in [
            vec!["x.flac", "y.flac", "--csv", "out.csv"],
            vec!["a/x.flac", "b/x.flac", "--csv", "out/"],
            vec!["x.flac", "summary.flac", "--json", "out/"],
            vec!["x.flac", "--json", "-", "--csv", "-"],
            vec!["-", "-"],
        ] {
            let refused = plan(&words).unwrap_err();
            assert_eq!(refused.exit(), crate::exit::Exit::Usage, "{words:?}");
        }
    }

    #[test]
    fn a_plot_is_what_its_ending_says() {
        let format =
            |words: &[&str]| plan(words).map(|p| p.files[0].plot.as_ref().map(|(_, f)| *f));
        assert_eq!(
            format(&["x.flac", "--plot", "p.png"]),
            Ok(Some(PlotFormat::Png))
        );
        assert_eq!(
            format(&["x.flac", "--plot", "plots/"]),
            Ok(Some(PlotFormat::Svg))
        );
        assert_eq!(
            format(&["x.flac", "--plot", "-"]),
            Ok(Some(PlotFormat::Svg))
        );
        assert!(format(&["x.flac", "--plot", "p.gif"]).is_err());
        assert!(format(&["x.flac", "--plot", "p"]).is_err());
    }

    #[test]
    fn the_standard_output_is_known_to_be_taken() {
        assert!(plan(&["x.flac", "--json", "-"]).unwrap().uses_stdout());
        assert!(!plan(&["-", "--json", "x.json"]).unwrap().uses_stdout());
    }
}
