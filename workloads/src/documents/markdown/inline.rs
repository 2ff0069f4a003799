//! From a text's tokens to its tree.

use super::{
    escape::{normalised, unescaped},
    scan::Scan,
    tokens::{Kind, Token},
    tree::Inline,
};
use crate::builder::{Array, Builder, Scratch};

/// How deep emphasis and links may be nested; what is deeper is text.
const MAX_DEPTH: usize = 64;

/// The parts of `text`. Tokens and stacks are `scratch`.
pub(super) fn inlines<'a, B: Builder<'a>, S: Scratch>(place: B, scratch: &S, text: &str) -> B::List<Inline<'a, B>> {
    let level = scratch.nested();
    let scan = Scan::of(text, level.place());
    tree(place, &scan, 0, scan.tokens.len(), 0)
}

/// The tree of the tokens from number `at` to `end`.
fn tree<'a, 't, B: Builder<'a>, T: Builder<'t>>(
    place: B,
    scan: &Scan<'_, 't, T>,
    mut at: usize,
    end: usize,
    depth: usize,
) -> B::List<Inline<'a, B>> {
    let mut list = place.list();
    let literal = |token: &Token| match token.kind {
        Kind::Text => true,
        Kind::Emphasis | Kind::Strong | Kind::Open | Kind::Close => depth >= MAX_DEPTH,
        _ => false,
    };
    while at < end {
        let token = scan.tokens[at];
        let source = &scan.text[token.start as usize..token.end as usize];
        let mate = token.mate as usize;
        let inline = match token.kind {
            _ if literal(&token) => {
                let run = scan.tokens[at..end].iter().take_while(|token| literal(token)).count();
                let text = text(place, scan.text, &scan.tokens[at..at + run]);
                at += run;
                place.push(&mut list, Inline::Text(text));
                continue;
            }
            Kind::Emphasis | Kind::Strong => {
                let strong = token.kind == Kind::Strong;
                let width = 1 + usize::from(strong);
                let text = tree(place, scan, at + width, mate, depth + 1);
                at = mate + width - 1;
                Inline::Emphasis { marker: source.as_bytes()[0], strong, text }
            }
            Kind::Open => {
                let target = scan.targets[scan.tokens[mate].mate as usize];
                let text = tree(place, scan, at + 1, mate, depth + 1);
                at = mate;
                let part = |(start, end): (u32, u32)| &scan.text[start as usize..end as usize];
                let image = target.image;
                match target.shape {
                    Some(shape) => {
                        Inline::Reference { image, shape, label: normalised(place, part(target.dest)), text }
                    }
                    None => {
                        let (dest, title) = (unescaped(place, part(target.dest)), unescaped(place, part(target.title)));
                        Inline::Link { image, dest, title, text }
                    }
                }
            }
            Kind::Soft => Inline::Soft,
            Kind::Break => Inline::Break,
            Kind::Code => Inline::Code(code(place, source)),
            Kind::Auto => Inline::Auto(place.text(source)),
            Kind::Html => Inline::Html(place.text(source)),
            Kind::Entity => Inline::Entity(place.text(source)),
            Kind::Text | Kind::Close => {
                unreachable!("text is literal, and a closing token is passed with its opening one")
            }
        };
        at += 1;
        place.push(&mut list, inline);
    }
    list
}

/// The characters of tokens that follow one another; escapes have left gaps between them.
fn text<'a, B: Builder<'a>>(place: B, source: &str, tokens: &[Token]) -> B::Text {
    let (first, last) = (tokens[0], tokens[tokens.len() - 1]);
    if tokens.windows(2).all(|pair| pair[0].end == pair[1].start) {
        return place.text(&source[first.start as usize..last.end as usize]);
    }
    let mut text = place.array((last.end - first.start) as usize);
    tokens.iter().for_each(|token| text.extend(&source.as_bytes()[token.start as usize..token.end as usize]));
    place.text_of(text).expect("pieces of text")
}

/// Code, on one line.
fn code<'a, B: Builder<'a>>(place: B, source: &str) -> B::Text {
    if !source.contains('\n') {
        return place.text(source);
    }
    let mut text = place.array(source.len());
    source.bytes().for_each(|byte| text.push(if byte == b'\n' { b' ' } else { byte }));
    place.text_of(text).expect("text with other spaces")
}
