//! Pages of a template engine, each rendered in an arena: minijinja, unmodified.
//!
//!     cargo run -p programs --example template_renderer

use arenite::context::{heap, pinned, scopes_active, with_arena, with_arena_reported};
use minijinja::{Environment, context, value::Serde};
use programs::documents::Documents;
use toml::{Table, Value};

#[global_allocator]
static ALLOCATOR: arenite::Global = arenite::Global::new();

const PAGE: &str = "<h1>{{ package.name|e }} {{ package.version|e }}</h1>\
<ul>{% for need in package.dependencies %}<li><a href=\"{{ need|e }}.html\">{{ need|e }}</a></li>{% endfor %}</ul>\
<p>{{ position }} of {{ total }}</p>";

fn render(
    engine: &Environment<'_>,
    package: &Value,
    position: usize,
    total: usize,
) -> Result<String, minijinja::Error> {
    let page = engine.get_template("page")?;
    page.render(context! { package => Serde(package), position => position, total => total })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Err(reason) = scopes_active() {
        println!("{reason}");
    }
    let documents = Documents::in_repository()?;
    let lock: Table = toml::from_str(&documents.lock)?;
    let packages = lock["package"].as_array().ok_or("lock files list packages")?;
    let mut engine = Environment::new();
    engine.add_template("page", PAGE)?;

    // The first page, asked what it leaves behind: the engine caches nothing.
    let (page, escapes) = with_arena_reported(|| {
        let page = render(&engine, &packages[0], 1, packages.len())?;
        Ok::<_, minijinja::Error>(heap(|| page.clone()))
    });
    println!("{}", page?);
    println!("the first page: {escapes}");
    assert!(escapes.is_empty());

    // All of them. The scope takes what rendering needs; the page that is kept is copied to the heap, once, at its size.
    let mut bytes = 0;
    for (at, package) in packages.iter().enumerate() {
        let page = with_arena(|| {
            let page = render(&engine, package, at + 1, packages.len())?;
            Ok::<_, minijinja::Error>(heap(|| page.clone()))
        })?;
        bytes += page.len();
    }
    println!("{} pages, {bytes} bytes; chunks held at the end: {}", packages.len(), pinned().chunks);
    assert_eq!(pinned().chunks, 0);
    Ok(())
}
