//! The command line: what can be asked, what is allowed, and how it is explained.
//!
//! Here is the shape only. Whether files exist and outputs fit together is found out by those that use them.

mod backup;
mod migrate;
mod rooms;
mod server;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use room_dsp::{ExcitationParameters, SampleRate};

pub(crate) use self::backup::{
    BackupArguments, MaintainArguments, RestoreArguments, VerifyArguments,
};
pub(crate) use self::migrate::{
    DownArguments, LookArguments, MigrateCommand, NewMigrationArguments, PlaceArguments,
    ServiceName, ServiceNames, UpArguments,
};
pub(crate) use self::rooms::{
    Amplitude, CheckArguments, ImportArguments, ListArguments, MaterialsCommand, NewRoomArguments,
    RoomCommand, SearchArguments, ShowMaterialArguments, ShowRoomArguments, SimulateArguments,
};
pub(crate) use self::server::{
    DemoArguments, DoctorArguments, DocumentedService, OpenapiArguments, ServeArguments,
};
use crate::output::Target;
use crate::speech_options::{OctaveLevels, SpeechLevel, TalkerName};

// Texts below the options: a line a paragraph, since clap breaks them for the terminal, and examples short enough to
// stay whole.
const ANALYZE_EXAMPLES: &str = "\
Examples:
  sonalyze analyze recording.m4a --report room.html
  sonalyze analyze seat-*.flac --json results/ --plot 'plots/{stem}.png'
  sonalyze analyze response.wav --ir --bands both --csv response.csv
  sonalyze analyze a.flac --speech-level 60 --noise-level 45,41,38,35,32,30,28
  curl -s https://example.org/a.flac | sonalyze analyze - --quiet --json -

Outputs: a file, `-` for the standard output, a folder (ends with `/` or exists), or a pattern with `{stem}`, the \
file's name without folder and ending. Several FILES need a folder or a pattern. A folder of `--json` or `--report` \
also gets the summary over all positions, as summary.json or summary.html.

Exit codes: 0 done, 1 something failed, 2 wrong command line, 3 a file is not audio, 4 a recording cannot be used \
(its document is written all the same and says why). With several FILES the highest code counts.";

const COMPARE_EXAMPLES: &str = "\
Examples:
  sonalyze compare before.json after.json
  sonalyze compare seat-1.json seat-2.json seat-3.json --csv differences.csv
  sonalyze compare a.json b.json --json - | jq '.comparisons[].not_compared'

Documents are those that `sonalyze analyze --json` writes. Each difference stands in its unit and in just-noticeable \
differences (JND): 5 % of a decay time, 1 dB of clarity, 0.05 of definition, 10 ms of centre time, 0.03 of the \
speech transmission index. Up to 1 JND is not noticeable, up to 3 noticeable, above clearly noticeable.

Exit codes: 0 done, 1 something failed, 2 wrong command line, 4 a document is that of a recording that cannot be \
used.";

const SWEEP_EXAMPLES: &str = "\
Examples:
  sonalyze sweep sweep.wav
  sonalyze sweep sweep.flac --layout paired --gap 8 --rate 96000
  sonalyze sweep sweep.wav --inverse inverse.wav
  sonalyze sweep - --format flac > sweep.flac";

/// Measures the acoustics of rooms with the devices people already own.
#[derive(Debug, Parser)]
#[command(name = "sonalyze", version, propagate_version = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Turn recordings or impulse responses into room-acoustic parameters
    #[command(after_help = ANALYZE_EXAMPLES)]
    Analyze(Box<AnalyzeArguments>),
    /// Tell how analyses differ from the first one, in units and in just-noticeable differences
    #[command(after_help = COMPARE_EXAMPLES)]
    Compare(CompareArguments),
    /// Write the measurement signal to play in the room
    #[command(after_help = SWEEP_EXAMPLES)]
    Sweep(Box<SweepArguments>),
    /// Simulate the sound of a room: responses, parameters, plots
    #[command(after_help = rooms::SIMULATE_EXAMPLES)]
    Simulate(Box<SimulateArguments>),
    /// Make, check and show room files, and import meshes
    #[command(subcommand)]
    Room(RoomCommand),
    /// Look into the library of materials
    #[command(subcommand)]
    Materials(MaterialsCommand),
    /// Run the server that phones connect to
    #[command(after_help = server::SERVE_EXAMPLES)]
    Serve(ServeArguments),
    /// Look whether `serve` can work here, and tell what to do where it cannot
    #[command(after_help = server::DOCTOR_EXAMPLES)]
    Doctor(DoctorArguments),
    /// Run a whole measurement between virtual phones whose rooms are known, and compare
    #[command(after_help = server::DEMO_EXAMPLES)]
    Demo(DemoArguments),
    /// Bring the schema of a database up to date, look at it, or take it back
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Print the `OpenAPI` document of a service
    #[command(after_help = server::OPENAPI_EXAMPLES)]
    Openapi(OpenapiArguments),
    /// Copy databases and recordings into a new folder, once or again and again, while the server runs
    #[command(after_help = backup::BACKUP_EXAMPLES)]
    Backup(BackupArguments),
    /// Look whether a backup is whole, and whether it can be restored
    #[command(after_help = backup::VERIFY_EXAMPLES)]
    Verify(VerifyArguments),
    /// Bring a backup back into databases and folders that hold nothing
    #[command(after_help = backup::RESTORE_EXAMPLES)]
    Restore(RestoreArguments),
    /// Give room back, make indexes anew and take statistics, while the server runs
    #[command(after_help = backup::MAINTAIN_EXAMPLES)]
    Maintain(MaintainArguments),
    /// Print the completion script of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Options of `analyze`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("subject").multiple(false))]
pub(crate) struct AnalyzeArguments {
    /// Recordings of the measurement signal, or `-` for the standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// FILE is an impulse response, not a recording
    #[arg(long, group = "subject")]
    pub(crate) ir: bool,

    /// FILE is a recording of this signal
    #[arg(long, value_name = "SIGNAL", group = "subject")]
    pub(crate) reference: Option<PathBuf>,

    /// FILE is a recording of the signal with this hash, stored by the measurement service
    #[arg(long, value_name = "H", group = "subject", requires = "data_dir")]
    pub(crate) hash: Option<String>,

    /// Folder in which the measurement service stores its signals
    #[arg(long, value_name = "DIR", requires = "hash")]
    pub(crate) data_dir: Option<PathBuf>,

    /// FILE is a recording of this layout, as `sonalyze sweep` writes it [default: reference]
    #[arg(long, group = "subject")]
    pub(crate) layout: Option<LayoutName>,

    /// Bands of the results
    #[arg(long, default_value = "octave")]
    pub(crate) bands: Bands,

    /// Smoothing of the frequency response: 1/N octave
    #[arg(long, value_name = "N", default_value = "12", value_parser = clap::value_parser!(u8).range(1..=48))]
    pub(crate) smoothing: u8,

    /// Write the result document
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<Target>,

    /// Write all quantities as a table
    #[arg(long, value_name = "OUT")]
    pub(crate) csv: Option<Target>,

    /// Write a plot; the ending decides: .svg or .png
    #[arg(long, value_name = "OUT")]
    pub(crate) plot: Option<Target>,

    /// Write a report for reading, one HTML file
    #[arg(long, value_name = "OUT")]
    pub(crate) report: Option<Target>,

    /// Write the impulse response as 32-bit float WAV
    #[arg(long, value_name = "OUT")]
    pub(crate) rir: Option<Target>,

    /// Leave the curves out of the documents; reports then show no decays
    #[arg(long)]
    pub(crate) no_curves: bool,

    /// Print no table and no progress, errors only
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// Conditions of the speech transmission index.
    #[command(flatten)]
    pub(crate) speech: SpeechArguments,
}

/// Conditions of the speech transmission index.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Speech")]
pub(crate) struct SpeechArguments {
    /// Whose speech the speech transmission index is for
    #[arg(long, default_value = "male")]
    pub(crate) talker: TalkerName,

    /// Level of speech at the listener in dB SPL: one A-weighted level, or seven of the octaves 125 Hz to 8 kHz
    /// between commas; with it auditory masking and the hearing threshold lower the index
    #[arg(long, value_name = "DB")]
    pub(crate) speech_level: Option<SpeechLevel>,

    /// Levels of the background noise in dB SPL of the octaves 125 Hz to 8 kHz, seven between commas
    #[arg(
        long,
        value_name = "DB,...",
        requires = "speech_level",
        help_heading = "Speech"
    )]
    pub(crate) noise_level: Option<OctaveLevels>,

    /// Leave masking and hearing threshold out; the noise alone lowers the index
    #[arg(long, requires = "speech_level")]
    pub(crate) no_masking: bool,
}

/// Options of `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// Document that the others are compared with, or `-` for the standard input
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: PathBuf,

    /// Documents to compare, or `-` for the standard input
    #[arg(required = true, value_name = "OTHER")]
    pub(crate) others: Vec<PathBuf>,

    /// Write the comparison document to a file, or `-` for the standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<PathBuf>,

    /// Write all differences as a table to a file, or `-` for the standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) csv: Option<PathBuf>,

    /// Print no table, errors only
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Options of `sweep`.
#[derive(Debug, Args)]
pub(crate) struct SweepArguments {
    /// File to write, or `-` for the standard output
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,

    /// Write the inverse filter of the sweep too, as 32-bit float WAV
    #[arg(long, value_name = "OUT")]
    pub(crate) inverse: Option<PathBuf>,

    /// Arrangement of chirps and sweep
    #[arg(long, default_value = "reference")]
    pub(crate) layout: LayoutName,

    /// Samples a second
    #[arg(long, value_name = "HZ", default_value = "48000", value_parser = sample_rate)]
    pub(crate) rate: SampleRate,

    /// File format [default: by the ending of OUT]
    #[arg(long)]
    pub(crate) format: Option<Format>,

    /// Bits of a sample; FLAC knows 16 and 24
    #[arg(long, default_value = "16")]
    pub(crate) bits: Bits,

    /// Lowest frequency of the sweep in Hz [default: 20]
    #[arg(long, value_name = "HZ")]
    pub(crate) start_hz: Option<f64>,

    /// Highest frequency of the sweep in Hz [default: 20000]
    #[arg(long, value_name = "HZ")]
    pub(crate) end_hz: Option<f64>,

    /// Duration of the sweep in seconds [default: 10]
    #[arg(long, value_name = "S")]
    pub(crate) duration: Option<f64>,

    /// Silence after the sweep in seconds; about the longest reverberation time [default: 2, paired 4]
    #[arg(long, value_name = "S")]
    pub(crate) gap: Option<f64>,

    /// Peak amplitude re full scale [default: 0.9]
    #[arg(long, value_name = "A")]
    pub(crate) amplitude: Option<f64>,

    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Names of the layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayoutName {
    /// Two equal chirps around a sweep: what phones have stored
    Reference,
    /// Different chirps at start and end, synchronised sweep, longer gap
    Paired,
}

impl LayoutName {
    /// The layout's parameters at 48 kHz.
    pub(crate) const fn parameters(self) -> ExcitationParameters {
        match self {
            Self::Reference => ExcitationParameters::reference(),
            Self::Paired => ExcitationParameters::paired(),
        }
    }
}

/// Which bands a result gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bands {
    /// Octaves from 63 Hz to 16 kHz
    Octave,
    /// Thirds of an octave from 50 Hz to 20 kHz
    Third,
    /// Both
    Both,
}

impl Bands {
    /// What the evaluation is asked for.
    pub(crate) const fn evaluated(self) -> room_metrics::Bands {
        match self {
            Self::Octave => room_metrics::Bands::Octaves,
            Self::Third => room_metrics::Bands::Thirds,
            Self::Both => room_metrics::Bands::Both,
        }
    }
}

/// File formats of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// RIFF WAVE
    Wav,
    /// Free Lossless Audio Codec
    Flac,
}

/// Bits of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bits {
    /// 16-bit integers
    #[value(name = "16")]
    Sixteen,
    /// 24-bit integers
    #[value(name = "24")]
    TwentyFour,
    /// 32-bit floating point, WAV only
    Float,
}

fn sample_rate(text: &str) -> Result<SampleRate, String> {
    let hz: u32 = text
        .parse()
        .map_err(|_| "a whole number of hertz is needed, such as 48000".to_owned())?;
    SampleRate::new(hz).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::error::ErrorKind;

    use super::*;

    fn refusal(words: &[&str]) -> ErrorKind {
        Cli::try_parse_from(words).unwrap_err().kind()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn paragraphs_are_one_line_and_examples_fit_a_terminal() {
        let texts = [
            ANALYZE_EXAMPLES,
            COMPARE_EXAMPLES,
            SWEEP_EXAMPLES,
            rooms::SIMULATE_EXAMPLES,
            rooms::CHECK_EXAMPLES,
            rooms::SHOW_EXAMPLES,
            rooms::NEW_EXAMPLES,
            rooms::IMPORT_EXAMPLES,
            rooms::LIST_EXAMPLES,
            rooms::SEARCH_EXAMPLES,
            rooms::MATERIAL_EXAMPLES,
            server::SERVE_EXAMPLES,
            server::DOCTOR_EXAMPLES,
            server::DEMO_EXAMPLES,
            server::OPENAPI_EXAMPLES,
            migrate::NEW_EXAMPLES,
            migrate::UP_EXAMPLES,
            migrate::DOWN_EXAMPLES,
            migrate::STATUS_EXAMPLES,
            migrate::VERIFY_EXAMPLES,
            backup::BACKUP_EXAMPLES,
            backup::VERIFY_EXAMPLES,
            backup::RESTORE_EXAMPLES,
            backup::MAINTAIN_EXAMPLES,
        ];
        for paragraph in texts.iter().flat_map(|text| text.split("\n\n")) {
            let Some(examples) = paragraph.strip_prefix("Examples:\n") else {
                assert_eq!(paragraph.lines().count(), 1, "{paragraph}");
                continue;
            };
            for line in examples.lines() {
                let is_whole = line.starts_with("  sonalyze ") || line.starts_with("  curl ");
                assert!(is_whole && line.chars().count() <= 78, "{line}");
            }
        }
    }

    #[test]
    fn the_subject_is_one_thing() {
        let two = [
            "sonalyze",
            "analyze",
            "a.wav",
            "--ir",
            "--reference",
            "s.wav",
        ];
        assert_eq!(refusal(&two), ErrorKind::ArgumentConflict);
        let layout = ["sonalyze", "analyze", "a.wav", "--ir", "--layout", "paired"];
        assert_eq!(refusal(&layout), ErrorKind::ArgumentConflict);
    }

    #[test]
    fn a_hash_needs_its_folder_and_the_folder_a_hash() {
        let hash = ["sonalyze", "analyze", "a.wav", "--hash", "ab"];
        assert_eq!(refusal(&hash), ErrorKind::MissingRequiredArgument);
        let folder = ["sonalyze", "analyze", "a.wav", "--data-dir", "d"];
        assert_eq!(refusal(&folder), ErrorKind::MissingRequiredArgument);
    }

    #[test]
    fn a_rate_outside_the_range_is_refused_with_the_range() {
        let error =
            Cli::try_parse_from(["sonalyze", "sweep", "s.wav", "--rate", "100"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ValueValidation);
        assert!(error.to_string().contains("4000..=768000 Hz"), "{error}");
    }

    #[test]
    fn smoothing_is_a_fraction_of_an_octave() {
        for wrong in ["0", "49", "1/3"] {
            let words = ["sonalyze", "analyze", "a.wav", "--smoothing", wrong];
            assert_eq!(refusal(&words), ErrorKind::ValueValidation);
        }
    }

    #[test]
    fn noise_and_masking_need_a_level_of_speech() {
        let noise = [
            "sonalyze",
            "analyze",
            "a.wav",
            "--noise-level",
            "1,2,3,4,5,6,7",
        ];
        assert_eq!(refusal(&noise), ErrorKind::MissingRequiredArgument);
        let masking = ["sonalyze", "analyze", "a.wav", "--no-masking"];
        assert_eq!(refusal(&masking), ErrorKind::MissingRequiredArgument);
    }

    #[test]
    fn a_comparison_needs_two_documents() {
        let one = ["sonalyze", "compare", "a.json"];
        assert_eq!(refusal(&one), ErrorKind::MissingRequiredArgument);
    }

    #[test]
    fn a_scene_has_a_speed() {
        for wrong in ["0", "101", "fast", "NaN"] {
            let words = ["sonalyze", "demo", "--speed", wrong];
            assert_eq!(refusal(&words), ErrorKind::ValueValidation, "{wrong}");
        }
    }

    #[test]
    fn no_file_is_no_command() {
        assert_eq!(
            refusal(&["sonalyze", "analyze"]),
            ErrorKind::MissingRequiredArgument
        );
    }
}
