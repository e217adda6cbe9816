// Pages of `shapedbg explain` that are about no single finding or layer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shapedbg {

struct Page {
  std::string_view word;
  std::string_view summary;
  std::string (*text)();
};
const std::vector<Page>& explain_pages();

// Net kernel, residue, and what output_padding can do, on examples that are computed when it is asked for.
std::string page_on_sizes();

// What axes are made of and where positions lie, on an example that is walked when it is asked for.
std::string page_on_axes();

// What all layer types say of an option, in any letter case; nothing where none has it.
std::optional<std::string> page_on_option(std::string_view word);
// A key of a spec that is no option.
std::optional<std::string> page_on_key(std::string_view word);
// An option or a key under another library's word.
std::optional<std::string> page_on_other_word(std::string_view word);
std::vector<std::string_view> explained_keys();
// What LibTorch makes of a size and a scale_factor, with products that are computed when it is asked for.
std::string page_on_scale();

// "  why      text", the text from `column` on, wrapped under itself.
// Where the text of a page's paragraphs begins.
inline constexpr std::size_t kPageColumn = 14;
std::string paragraph(std::string_view label, std::string_view text, std::size_t column = 11);

}  // namespace shapedbg
