//! serde_json.

use crate::{documents::Documents, program::Call};
use serde_json::{Value, json};

pub(super) fn emoji(documents: &Documents) -> Call {
    parse(documents.emoji.clone())
}

pub(super) fn topojson(documents: &Documents) -> Call {
    parse(documents.topojson.clone())
}

fn parse(text: String) -> Call {
    Box::new(move |look| {
        let document: Value = serde_json::from_str(&text).expect("JSON from a package");
        look.at(&document)
    })
}

/// An order as shops send them.
const REQUEST: &str = r#"{"id":"a81bc81b-dead-4e5d-abff-90865d1e13b1","customer":{"name":"Ada Lovelace","email":
"ada@example.org","address":{"street":"12 St James's Square","city":"London","zip":"SW1Y 4JH","country":"GB"}},"items":[
{"sku":"GR-1001","title":"Sand, fine, 1 kg","quantity":3,"price":249,"tags":["sand","fine"]},
{"sku":"GR-2002","title":"Sandstone, cut","quantity":1,"price":12900,"tags":["stone"]},
{"sku":"GR-3003","title":"Sieve, 0.5 mm","quantity":2,"price":1799,"tags":["tool","steel"]}],"coupon":null,
"gift":false,"note":"Please leave it at the gate.\nThank you!","placed":"2026-11-21T18:59:00Z"}"#;

pub(super) fn request(_: &Documents) -> Call {
    Box::new(|look| {
        let mut order: Value = serde_json::from_str(REQUEST).expect("the order above");
        let items = order["items"].as_array().expect("a list");
        let total: i64 =
            items.iter().filter_map(|item| Some(item["price"].as_i64()? * item["quantity"].as_i64()?)).sum();
        order["total"] = json!({ "amount": total, "currency": "GBP" });
        order["status"] = json!("accepted");
        if let Some(customer) = order["customer"].as_object_mut() {
            customer.remove("email");
        }
        let answer = order.to_string();
        look.at(&answer)
    })
}
