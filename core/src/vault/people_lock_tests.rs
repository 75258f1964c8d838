//! Every call that is about people asks first whether they are hidden.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

const DOORS: [&str; 3] = [
    include_str!("support_door.rs"),
    include_str!("messages_door.rs"),
    include_str!("meetings_door.rs"),
];

/// What asks: the door's own `ask`, the check itself, or the two steps of an invitation that check it.
const ASKS: [&str; 4] = [
    "self.ask(",
    "engine.people_are_shown()",
    "self.0.wait_for_other(",
    "self.0.confirm(",
];

#[test]
fn no_call_of_the_doors_to_people_goes_by_what_hides_them() {
    let mut seen = 0;
    for door in DOORS {
        let calls = door.split("\n    pub fn ").skip(1);
        for call in calls {
            seen += 1;
            let body = call.split("\n    }\n").next().unwrap();
            assert!(ASKS.iter().any(|asks| body.contains(asks)), "{body}");
            let by_itself = body.contains("self.0.ask(") || body.contains("self.0.read(");
            assert!(!by_itself, "{body}");
            // Between two steps somebody may have hidden them.
            let steps = body.matches("writer.ask").count();
            let asked = body.matches("engine.people_are_shown()").count();
            assert!(
                steps <= asked + usize::from(body.contains("engine.share_with(")),
                "{body}"
            );
        }
    }
    assert!(seen > 50, "only {seen} calls were found");
}
