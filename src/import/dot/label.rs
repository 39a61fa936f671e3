//! Labels as plain text.

use super::token::Quote;

/// A label without escapes and tags, on one line; `\N` stands for `id`.
pub(super) fn plain_label(label: &str, quote: Quote, id: &str) -> String {
    let text = if quote == Quote::Html { without_tags(label) } else { unescaped(label, id) };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(label: &str, id: &str) -> String {
    let mut text = String::with_capacity(label.len());
    let mut characters = label.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            // Line ends: centred, left, right.
            Some('n' | 'l' | 'r') => text.push(' '),
            Some('N') => text.push_str(id),
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}

fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for character in html.chars() {
        match character {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(character),
            _ => {}
        }
    }
    // The ampersand last, or `&amp;lt;` would become a bracket.
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", " "), ("&amp;", "&")];
    entities.iter().fold(text, |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_one_line_of_text() {
        assert_eq!(plain_label(r"\N:\ntwo\lthree \\ x", Quote::Quoted, "a"), "a: two three \\ x");
        assert_eq!(
            plain_label("<b>a</b><br/>&lt;script&gt; &amp;lt;", Quote::Html, ""),
            "a <script> &lt;"
        );
    }
}
