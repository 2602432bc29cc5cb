//! Each rule of the app's formats.
