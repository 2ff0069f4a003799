//! The game's own resource files, and what broken ones are told.

use allocator_api2::alloc::Global;
use workloads::memory::{AreniteMemory, Memory, PlainTemp};
use workloads::roguelike::Resources;
use workloads::roguelike::resource::{FILES, SourceFile};

/// A file with one of everything, so that a test adds only what is wrong.
const LEAST: &str = r##"
terrain "Rock" { glyph '#'; color #101010; flags wall; }
item "Stick" { glyph '|'; color #101010; class weapon; depth 1..9; weight 1; }
monster "Bug" { glyph 'b'; color #101010; depth 1; weight 1; health 1d1; carries "STICK" 5%; }
room "Hole" { depth 1; weight 1; shape rectangle; size 3x3; floor "rock"; }
vein "Streak" { terrain "Rock"; within "wall"; depth 1; weight 1; length 1; }
level "Plain" { depth 1; weight 1; size 80x50; alias "wall" "Rock"; veins 0; monsters 0; items 0; }
"##;

fn load(texts: &[&str]) -> Result<Resources<Global>, String> {
    let files: Vec<SourceFile<'_>> = texts.iter().map(|&text| SourceFile { name: "test.res", text }).collect();
    Resources::from_files(&files, Global, &PlainTemp).map_err(|error| error.to_string())
}

#[test]
fn there_are_sixty_kinds_of_terrain_monster_and_item_at_least() {
    let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
    assert!(resources.terrains.len() >= 60, "{} terrains", resources.terrains.len());
    assert!(resources.monsters.len() >= 60, "{} monsters", resources.monsters.len());
    assert!(resources.items.len() >= 60, "{} items", resources.items.len());
}

#[test]
fn every_depth_has_a_kind_of_level_rooms_veins_monsters_and_items() {
    let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
    for depth in 1..=99 {
        assert!(resources.levels.iter().any(|kind| kind.depth.contains(depth)), "no level for {depth}");
        assert!(resources.rooms.iter().any(|kind| kind.depth.contains(depth)), "no room for {depth}");
        assert!(resources.veins.iter().any(|kind| kind.depth.contains(depth)), "no vein for {depth}");
        assert!(resources.monsters.iter().filter(|kind| kind.depth.contains(depth)).count() > 5, "depth {depth}");
        assert!(resources.items.iter().filter(|kind| kind.depth.contains(depth)).count() > 5, "depth {depth}");
    }
}

#[test]
fn what_is_baked_outlives_the_files_and_is_the_same_in_an_arena() {
    let memory = AreniteMemory::new();
    let texts: Vec<String> = FILES.iter().map(|file| file.text.to_owned()).collect();
    let files: Vec<SourceFile<'_>> =
        FILES.iter().zip(&texts).map(|(file, text)| SourceFile { name: file.name, text }).collect();
    let loaded = Resources::from_files(&files, memory.program(), &memory.temp()).expect("the game's own files");
    drop(files);
    drop(texts);
    let plain = Resources::load(Global, &PlainTemp).expect("the game's own files");
    assert_eq!(loaded.monsters.len(), plain.monsters.len());
    for (one, two) in loaded.monsters.iter().zip(&plain.monsters) {
        assert_eq!(one.name.as_str(), two.name.as_str());
        assert_eq!(one.carries.len(), two.carries.len());
    }
}

#[test]
fn the_least_file_loads_and_finds_names_in_any_capitals() {
    let resources = load(&[LEAST]).expect("complete");
    assert_eq!(resources.monsters[0].carries[0].item.0, 0);
}

#[test]
fn a_broken_block_is_refused_with_file_line_column_and_reason() {
    let cases = [
        ("terrain \"x\" { glyph '#'; color #101010; }", "1:1: this terrain lacks the field `flags`"),
        ("terrain \"x\" {\n  smell 3;\n}", "2:3: a terrain has no field `smell`"),
        ("terrain \"x\" { glyph 7; }", "1:15: the field `glyph` takes one glyph"),
        ("terrain \"x\" { color 'x'; }", "1:15: the field `color` takes one color"),
        ("terrain \"x\" { flags wall soft; }", "1:15: the field `flags` does not know the word `soft`"),
        ("terrain \"x\" { flags 3; }", "1:15: the field `flags` takes words"),
        ("terrain \"ROCK\" { glyph '#'; color #101010; flags wall; }", "1:1: the name \"ROCK\" is already taken"),
        ("item \"x\" { class hat; }", "1:12: the field `class` does not know the word `hat`"),
        ("item \"x\" { class weapon armor; }", "1:12: the field `class` takes one word"),
        ("item \"x\" { power 3; }", "1:12: the field `power` takes dice such as 2d6"),
        ("item \"x\" { depth 10%; }", "1:12: the field `depth` takes one number or range"),
        ("item \"x\" { weight; }", "1:12: the field `weight` takes one number"),
        ("monster \"x\" { carries \"Hat\" 5%; }", "1:15: no item is called \"Hat\""),
        ("monster \"x\" { effect hunger 5% 1; }", "1:15: the field `effect` does not know the word `hunger`"),
        ("monster \"x\" { named 5; }", "1:15: the field `named` takes one percentage"),
        ("room \"x\" { depth 1; weight 1; shape plan; }", "1:1: this room lacks the field `plan`"),
        ("room \"x\" { plan \"..\" 3; }", "1:12: the field `plan` takes strings"),
        (
            "room \"x\" { depth 1; weight 1; shape cave; size 3x3; floor \"Jelly\"; }",
            "1:1: no terrain is called \"Jelly\"",
        ),
        (
            "vein \"x\" { terrain \"Jelly\"; within \"wall\"; depth 1; weight 1; length 1; }",
            "1:1: no terrain is called \"Jelly\"",
        ),
        ("level \"x\" { size 80; }", "1:13: the field `size` takes one size or range of sizes"),
        (
            "level \"x\" { alias \"a\"; }",
            "1:13: the field `alias` takes two names, as in `alias \"floor\" \"Flagstones\";`",
        ),
        ("terrain \"x\" { glyph '# ; }", "1:21: a glyph is one character between single quotes, as in '#'"),
    ];
    for (text, complaint) in cases {
        assert_eq!(load(&[LEAST, text]).map(|_| ()), Err(format!("test.res:{complaint}")), "for {text}");
    }
}

#[test]
fn resources_without_a_kind_of_block_are_refused() {
    for block in ["terrain", "item", "monster", "room", "vein", "level"] {
        let rest: Vec<&str> = LEAST.lines().filter(|line| !line.starts_with(block)).collect();
        let complaint = load(&[&rest.join("\n")]).map(|_| ()).expect_err("something is missing");
        let expected = match block {
            // Others name these, so their lack is met earlier.
            "terrain" => "no terrain is called \"rock\"".to_owned(),
            "item" => "no item is called \"STICK\"".to_owned(),
            other => format!("the resources hold no {other}"),
        };
        assert!(complaint.ends_with(&expected), "{complaint}");
    }
}
