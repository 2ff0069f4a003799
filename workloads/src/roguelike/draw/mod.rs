//! A level as text and as a picture.

mod png;
mod text;

pub use png::draw_png;
pub use text::draw_text;
