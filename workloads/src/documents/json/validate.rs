//! A JSON tree against common sense and a schema.

use super::{
    schema::{Rule, Schema},
    value::{Json, Member},
};
use crate::{
    builder::{Array, Builder, List, Scratch, push_number},
    documents::violation::Violation,
};

/// Up to so many names are compared each with each; more are sorted.
const FEW: usize = 8;

/// Objects to names that occur twice in one object, and to what `schema` does not allow. Violations are built in `place`;
/// `scratch` serves to sort names.
pub fn validate<'a, B: Builder<'a>, S: Scratch>(
    value: &Json<'a, B>,
    schema: Option<&Schema>,
    place: B,
    scratch: &S,
) -> B::List<Violation<'a, B>> {
    let mut checker = Checker { place, scratch, found: place.list() };
    checker.value(value, schema.map(Schema::rule), Path { parent: None, step: Step::Root });
    checker.found
}

struct Checker<'a, 's, B: Builder<'a>, S> {
    place: B,
    scratch: &'s S,
    found: B::List<Violation<'a, B>>,
}

/// The way from the root to a value; each part lies in the frame of the call that went there.
#[derive(Clone, Copy)]
struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Name(&'p str),
    Index(usize),
}

impl<'a, B: Builder<'a>, S: Scratch> Checker<'a, '_, B, S> {
    fn value(&mut self, value: &Json<'a, B>, rule: Option<Rule<'_>>, path: Path<'_>) {
        if rule.is_some_and(|rule| !rule.allows(value.kind())) {
            self.object_to(path, &["a value of this type is not allowed: ", value.kind()]);
            return;
        }
        match value {
            Json::Array(items) => {
                if rule.is_some_and(|rule| items.len() < rule.min_items()) {
                    self.object_to(path, &["too few elements"]);
                }
                let rule = rule.and_then(Rule::items);
                for (index, item) in items.iter().enumerate() {
                    self.value(item, rule, Path { parent: Some(&path), step: Step::Index(index) });
                }
            }
            Json::Object(members) => {
                self.names(members, path);
                for name in rule.into_iter().flat_map(Rule::required) {
                    if !members.iter().any(|member| *member.name == *name) {
                        self.object_to(path, &["a required member is missing: ", name]);
                    }
                }
                let rule = rule.filter(|rule| !rule.silent_on_members());
                for member in members.iter() {
                    let rule = rule.and_then(|rule| rule.member(&member.name));
                    self.value(&member.value, rule, Path { parent: Some(&path), step: Step::Name(&member.name) });
                }
            }
            _ => {}
        }
    }

    /// Objects to names that occur twice.
    fn names(&mut self, members: &B::List<Member<'a, B>>, path: Path<'_>) {
        if members.len() <= FEW {
            for (at, member) in members.iter().enumerate() {
                if members.iter().take(at).any(|earlier| *earlier.name == *member.name) {
                    self.object_to(path, &["a name occurs twice: ", &member.name]);
                }
            }
            return;
        }
        let scratch = self.scratch;
        let nested = scratch.nested();
        let mut names = nested.place().array(members.len());
        members.iter().for_each(|member| names.push(&*member.name));
        names.sort_unstable();
        for pair in names.windows(2).filter(|pair| pair[0] == pair[1]) {
            self.object_to(path, &["a name occurs twice: ", pair[0]]);
        }
    }

    #[cold]
    fn object_to(&mut self, path: Path<'_>, what: &[&str]) {
        let mut at = self.place.array(64);
        path.write(&mut at);
        let mut text = self.place.array(64);
        what.iter().for_each(|part| text.extend(part.as_bytes()));
        let whole = "made of whole texts";
        let violation =
            Violation { at: self.place.text_of(at).expect(whole), what: self.place.text_of(text).expect(whole) };
        self.place.push(&mut self.found, violation);
    }
}

impl Path<'_> {
    /// Writes the path as a JSON pointer (RFC 6901).
    fn write(&self, out: &mut impl Array<u8>) {
        if let Some(parent) = self.parent {
            parent.write(out);
            out.push(b'/');
        }
        match self.step {
            Step::Root => {}
            Step::Index(index) => push_number(out, index as u64),
            Step::Name(name) => name.bytes().for_each(|byte| match byte {
                b'~' => out.extend(b"~0"),
                b'/' => out.extend(b"~1"),
                byte => out.push(byte),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{builder::Heap, documents::json::read};

    fn found(text: &str, schema: &str) -> Vec<String> {
        let schema = Schema::read(schema).unwrap();
        let value = read(text, Heap).unwrap();
        validate(&value, Some(&schema), Heap, &Heap).iter().map(|it| format!("{}: {}", it.at, it.what)).collect()
    }

    #[test]
    fn names_that_occur_twice_are_found_in_small_and_large_objects() {
        assert_eq!(found(r#"{"a/b": {"x": 1, "x": 2}}"#, "{}"), ["/a~1b: a name occurs twice: x"]);
        let many: Vec<String> = (0..20).map(|number| format!("\"n{}\": 0", number % 19)).collect();
        assert_eq!(found(&format!("{{{}}}", many.join(",")), "{}"), [": a name occurs twice: n0"]);
    }

    #[test]
    fn what_the_schema_does_not_allow_is_found_with_its_place() {
        let schema = r#"{"type": "object", "required": ["id", "tags"], "properties": {
            "id": {"type": "integer"}, "tags": {"type": "array", "minItems": 1, "items": {"type": ["string", "null"]}}},
            "additionalProperties": {"type": "number"}}"#;
        assert!(found(r#"{"id": 1, "tags": ["a", null], "more": 2}"#, schema).is_empty());
        assert_eq!(found("[]", schema), [": a value of this type is not allowed: array"]);
        assert_eq!(
            found(r#"{"id": 1.5, "more": true, "tags": []}"#, schema),
            [
                "/id: a value of this type is not allowed: number",
                "/more: a value of this type is not allowed: boolean",
                "/tags: too few elements"
            ]
        );
        assert_eq!(
            found(r#"{"tags": ["a", 7]}"#, schema),
            [": a required member is missing: id", "/tags/1: a value of this type is not allowed: integer"]
        );
    }
}
