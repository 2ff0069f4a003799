//! handlebars and minijinja, on the same data.

use crate::{documents::Documents, program::Call};
use handlebars::Handlebars;
use minijinja::{Environment, value::Serde};
use serde_json::{Value, json};

/// Packages of a page.
const PACKAGES: usize = 100;

fn data(documents: &Documents) -> Value {
    let lock: toml::Table = toml::from_str(&documents.lock).expect("a lock file from a package");
    let packages = lock["package"].as_array().expect("lock files list packages");
    let rows: Vec<Value> = packages
        .iter()
        .cycle()
        .take(PACKAGES)
        .map(|package| {
            let needs = package.get("dependencies").and_then(|needs| needs.as_array());
            let needs: Vec<&str> = needs.into_iter().flatten().filter_map(|name| name.as_str()).collect();
            json!({ "name": package["name"].as_str(), "version": package["version"].as_str(), "needs": needs })
        })
        .collect();
    json!({ "title": "Packages & what they need", "packages": rows })
}

pub(super) fn handlebars(documents: &Documents) -> Call {
    let data = data(documents);
    let mut engine = Handlebars::new();
    let page = "<h1>{{title}}</h1><table>{{#each packages}}<tr id=\"{{@index}}\"><td>{{name}}</td><td>{{version}}</td>\
                <td>{{#if needs}}{{#each needs}}<i>{{this}}</i>{{#unless @last}}, {{/unless}}{{/each}}{{else}}nothing\
                {{/if}}</td></tr>{{/each}}</table>";
    engine.register_template_string("page", page).expect("the template above");
    Box::new(move |look| look.at(&engine.render("page", &data).expect("data for the template")))
}

pub(super) fn minijinja(documents: &Documents) -> Call {
    let data = data(documents);
    let mut engine = Environment::new();
    let page = "<h1>{{ title|e }}</h1><table>{% for package in packages %}<tr id=\"{{ loop.index0 }}\">\
                <td>{{ package.name|e }}</td><td>{{ package.version|e }}</td><td>{% for need in package.needs %}\
                <i>{{ need|e }}</i>{% if not loop.last %}, {% endif %}{% else %}nothing{% endfor %}</td></tr>\
                {% endfor %}</table>";
    engine.add_template("page", page).expect("the template above");
    Box::new(move |look| {
        let page = engine.get_template("page").expect("added above");
        look.at(&page.render(Serde(&data)).expect("data for the template"))
    })
}
