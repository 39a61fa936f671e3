//! What the first bytes of a file tell.

use super::simd;

/// The keys of the outermost object, or of the first object in the outermost list, as far as `head`
/// reaches. Linear in its length.
pub(in crate::import) fn head_keys(head: &str) -> Vec<&str> {
    let bytes = head.as_bytes();
    let mut opening = bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
    let level = match (opening.next(), opening.next()) {
        (Some(b'{'), _) => 1,
        (Some(b'['), Some(b'{')) => 2,
        _ => return Vec::new(),
    };
    let mut keys = Vec::new();
    let (mut at, mut depth, mut is_key) = (0, 0_usize, false);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let Ok(text) = simd::quoted(bytes, at) else { break };
                if is_key && depth == level {
                    keys.push(&head[at + 1..text.close]);
                }
                is_key = false;
                at = text.close + 1;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= level => break,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        is_key = matches!(bytes[at], b'{' | b',') || is_key && bytes[at].is_ascii_whitespace();
        at += 1;
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_outermost_object_are_found() {
        let keys = |head| head_keys(head).join(" ");
        assert_eq!(
            keys(r#"{"a": {"b": 1, "c": "d"}, "e": ["f", "g"], "h\"": 1, "i": "j""#),
            r#"a e h\" i"#
        );
        assert_eq!(keys(r#" [ {"a": "x, y", "b": 1}, {"c": 2}]"#), "a b");
        assert_eq!(keys("{\"a\": 1}\n{\"b\": 2}"), "a");
        for nothing in ["", "[1, {\"a\": 1}]", "\"a\"", "{\"cut o", "{", "a: 1", "}{\"a\""] {
            assert_eq!(keys(nothing), "", "{nothing}");
        }
    }
}
