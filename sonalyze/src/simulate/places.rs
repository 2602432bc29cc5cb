//! Where the results of a simulation go, settled before any work is done.

use crate::cli::SimulateArguments;
use crate::exit::Failure;
use crate::output::{Destination, Target, check_distinct, stem};
use crate::plan::{PlotFormat, plot_format};

/// A place for each result that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) json: Option<Destination>,
    pub(super) csv: Option<Destination>,
    pub(super) plot: Option<(Destination, PlotFormat)>,
    pub(super) report: Option<Destination>,
    pub(super) rir: Option<Destination>,
    pub(super) images: Option<Destination>,
    pub(super) histogram: Option<Destination>,
}

impl Places {
    /// Settles all places; in a folder, tables have the name of their option behind that of the room.
    ///
    /// # Errors
    /// Two results in one place, a plot whose ending names no format.
    pub(super) fn new(arguments: &SimulateArguments) -> Result<Self, Failure> {
        let stem = stem(&arguments.room);
        let place = |target: &Option<Target>, ending| target.as_ref().map(|t| t.of(&stem, ending));
        let format = arguments.plot.as_ref().map(plot_format).transpose()?;
        let places = Self {
            json: place(&arguments.json, "json"),
            csv: place(&arguments.csv, "csv"),
            plot: format
                .and_then(|format| Some((place(&arguments.plot, format.ending())?, format))),
            report: place(&arguments.report, "html"),
            rir: place(&arguments.rir, "wav"),
            images: place(&arguments.images, "images.csv"),
            histogram: place(&arguments.histogram, "histogram.csv"),
        };
        let input = Destination::single(&arguments.room);
        let all = places.all();
        check_distinct(&all)?;
        if input != Destination::Stdout && all.contains(&input) {
            return Err(Failure::usage(format!(
                "a result would replace the room file {}; choose another name",
                arguments.room.display()
            )));
        }
        Ok(places)
    }

    /// Whether a result goes to the standard output, so that tables must not.
    pub(super) fn use_stdout(&self) -> bool {
        self.all().contains(&Destination::Stdout)
    }

    fn all(&self) -> Vec<Destination> {
        let plot = self.plot.as_ref().map(|(place, _)| place);
        let others = [
            &self.json,
            &self.csv,
            &self.report,
            &self.rir,
            &self.images,
            &self.histogram,
        ];
        let others = others.into_iter().filter_map(Option::as_ref);
        others.chain(plot).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn places(words: &[&str]) -> Result<Places, Failure> {
        let line = ["sonalyze", "simulate"].iter().chain(words);
        let Command::Simulate(arguments) = Cli::parse_from(line).command else {
            panic!("another command was parsed")
        };
        Places::new(&arguments)
    }

    #[test]
    fn a_folder_takes_everything_under_names_of_its_own() {
        let words = [
            "rooms/hall.json",
            "--json",
            "out/",
            "--csv",
            "out/",
            "--images",
            "out/",
            "--histogram",
            "out/",
            "--rir",
            "out/",
        ];
        let found = places(&words).unwrap();
        let file = |name: &str| Some(Destination::File(name.into()));
        assert_eq!(found.csv, file("out/hall.csv"));
        assert_eq!(found.images, file("out/hall.images.csv"));
        assert_eq!(found.histogram, file("out/hall.histogram.csv"));
        assert_eq!(found.rir, file("out/hall.wav"));
    }

    #[test]
    fn neither_a_result_nor_the_room_is_overwritten() {
        for words in [
            vec!["r.json", "--json", "-", "--csv", "-"],
            vec!["r.json", "--json", "x", "--report", "x"],
            vec!["r.json", "--json", "r.json"],
            vec!["r.json", "--plot", "p.gif"],
        ] {
            let refused = places(&words).unwrap_err();
            assert_eq!(refused.exit(), crate::exit::Exit::Usage, "{words:?}");
        }
    }
}
