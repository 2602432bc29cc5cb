#![doc = include_str!("../README.md")]

mod aiff;
mod answer;
mod codecs;
mod collector;
mod decoded;
mod kernels;
mod limits;
mod mp4;
mod mp4_edit;
mod mp4_file;
mod mp4_fragments;
mod mp4_packets;
mod mp4_tables;
mod mp4_track;
mod ogg_opus;
mod ogg_page;
mod opus_head;
mod opus_stream;
mod packets;
mod quantise;
mod read;
mod read_error;
mod riff;
mod sniff;
mod track;
mod webm;
mod write_error;
mod write_flac;
mod write_wav;

pub use decoded::{AudioFormat, DecodedAudio, EncoderDelay};
pub use limits::{Limits, Quantity};
pub use read::read;
pub use read_error::ReadError;
pub use write_error::WriteError;
pub use write_flac::{FlacBits, write_flac};
pub use write_wav::{WavFormat, write_wav};
