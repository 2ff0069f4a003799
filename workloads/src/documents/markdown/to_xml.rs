//! From Markdown's tree to XML.

use super::{
    definitions::{Label, Labels},
    tree::{Block, Document, Inline, Shape},
};
use crate::{
    builder::{Array, Builder, List, Scratch},
    documents::xml,
};

/// Writes a document: an element for each block and each part of a text. Everything that the tree holds is there, and
/// where references lead. What is defined is looked up in `scratch`.
pub fn to_xml<'a, B: Builder<'a>, S: Scratch>(document: &Document<'a, B>, out: &mut impl Array<u8>, scratch: &S) {
    let level = scratch.nested();
    let labels = Labels::of(document, level.place().array(16));
    let mut writer = Writer { out, labels };
    writer.out.extend(xml::DECLARATION);
    writer.out.extend(b"<document>\n");
    writer.blocks(&document.blocks, 1);
    writer.out.extend(b"</document>\n");
}

struct Writer<'o, O, A> {
    out: &'o mut O,
    labels: Labels<A>,
}

impl<'d, O: Array<u8>, A: Array<Label<'d>>> Writer<'_, O, A> {
    fn blocks<'a, B: Builder<'a>>(&mut self, blocks: &impl List<Block<'a, B>>, depth: usize) {
        blocks.iter().for_each(|block| self.block(block, depth));
    }

    fn open(&mut self, name: &str, depth: usize) {
        xml::indent(self.out, depth);
        self.out.push(b'<');
        self.out.extend(name.as_bytes());
    }

    fn close(&mut self, name: &str) {
        self.out.extend(b"</");
        self.out.extend(name.as_bytes());
        self.out.push(b'>');
    }

    fn block<'a, B: Builder<'a>>(&mut self, block: &Block<'a, B>, depth: usize) {
        match block {
            Block::Heading { level, text } => {
                self.open("heading", depth);
                xml::number_attribute(self.out, "level", (*level).into());
                self.line("heading", text);
            }
            Block::Paragraph(text) => {
                self.open("paragraph", depth);
                self.line("paragraph", text);
            }
            Block::Code { info, text } => {
                self.open("code_block", depth);
                if !info.is_empty() {
                    xml::attribute(self.out, "info", info);
                }
                self.text("code_block", text);
            }
            Block::Html(text) => {
                self.open("html_block", depth);
                self.text("html_block", text);
            }
            Block::Quote(blocks) => {
                self.open("block_quote", depth);
                self.inner("block_quote", blocks, depth);
            }
            Block::List { marker, start, tight, items } => {
                self.open("list", depth);
                self.marker(*marker, *start);
                xml::attribute(self.out, "tight", if *tight { "true" } else { "false" });
                self.out.extend(b">\n");
                for item in items.iter() {
                    self.open("item", depth + 1);
                    self.inner("item", &item.blocks, depth + 1);
                }
                xml::indent(self.out, depth);
                self.close("list");
            }
            Block::Rule => {
                self.open("thematic_break", depth);
                self.out.extend(b"/>");
            }
            Block::Definition { label, dest, title } => {
                self.open("definition", depth);
                xml::attribute(self.out, "label", label);
                self.target(dest, title);
                self.out.extend(b"/>");
            }
        }
        self.out.push(b'\n');
    }

    fn marker(&mut self, marker: u8, start: u32) {
        let ordered = matches!(marker, b'.' | b')');
        xml::attribute(self.out, "type", if ordered { "ordered" } else { "bullet" });
        if ordered {
            xml::number_attribute(self.out, "start", start.into());
        }
        self.out.extend(b" delimiter=\"");
        self.out.push(marker);
        self.out.push(b'"');
    }

    /// The blocks inside an element, from the end of its tag.
    fn inner<'a, B: Builder<'a>>(&mut self, name: &str, blocks: &impl List<Block<'a, B>>, depth: usize) {
        self.out.extend(b">\n");
        self.blocks(blocks, depth + 1);
        xml::indent(self.out, depth);
        self.close(name);
        if name == "item" {
            self.out.push(b'\n');
        }
    }

    /// A text as it is, from the end of its element's tag.
    fn text(&mut self, name: &str, text: &str) {
        self.out.extend(b" xml:space=\"preserve\">");
        xml::escape(self.out, text);
        self.close(name);
    }

    /// The parts of a text on one line, from the end of its element's tag.
    fn line<'a, B: Builder<'a>>(&mut self, name: &str, text: &impl List<Inline<'a, B>>) {
        self.out.push(b'>');
        text.iter().for_each(|inline| self.inline(inline));
        self.close(name);
    }

    fn inline<'a, B: Builder<'a>>(&mut self, inline: &Inline<'a, B>) {
        match inline {
            Inline::Text(text) => xml::escape(self.out, text),
            Inline::Soft => self.out.extend(b"<softbreak/>"),
            Inline::Break => self.out.extend(b"<linebreak/>"),
            Inline::Code(text) => self.element("code", text),
            Inline::Auto(text) => self.element("autolink", text),
            Inline::Html(text) => self.element("html_inline", text),
            Inline::Entity(text) => self.element("entity", text),
            Inline::Emphasis { marker, strong, text } => {
                let name = if *strong { "strong" } else { "emph" };
                self.open(name, 0);
                if *marker == b'_' {
                    xml::attribute(self.out, "delimiter", "_");
                }
                self.line(name, text);
            }
            Inline::Link { image, dest, title, text } => {
                let name = if *image { "image" } else { "link" };
                self.open(name, 0);
                self.target(dest, title);
                self.line(name, text);
            }
            Inline::Reference { image, shape, label, text } => {
                let name = if *image { "image" } else { "link" };
                self.open(name, 0);
                xml::attribute(self.out, "label", label);
                let shape = match shape {
                    Shape::Full => "full",
                    Shape::Collapsed => "collapsed",
                    Shape::Shortcut => "shortcut",
                };
                xml::attribute(self.out, "reference", shape);
                if let Some(found) = self.labels.find(label) {
                    let (dest, title) = (found.dest, found.title);
                    self.target(dest, title);
                }
                self.line(name, text);
            }
        }
    }

    fn element(&mut self, name: &str, text: &str) {
        self.open(name, 0);
        self.out.push(b'>');
        xml::escape(self.out, text);
        self.close(name);
    }

    fn target(&mut self, dest: &str, title: &str) {
        xml::attribute(self.out, "destination", dest);
        if !title.is_empty() {
            xml::attribute(self.out, "title", title);
        }
    }
}
