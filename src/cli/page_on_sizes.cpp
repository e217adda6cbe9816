// `shapedbg explain sizes`. Every number on the page is computed by the rules that judge a spec.
#include <algorithm>

#include "cli/pages.h"
#include "infer/sizes.h"
#include "read/json/parse.h"
#include "rules/rules.h"

namespace shapedbg {
namespace {

// One layer down and one up, each by its window.
struct Pair {
  Window down;
  Window up;
};

std::string json_of(const char* type, const char* name, const Window& w) {
  std::string text = std::string(R"({"name": ")") + name + R"(", "type": ")" + type +
                     R"(", "out_channels": 1, "kernel_size": )" + std::to_string(w.k) +
                     ", \"stride\": " + std::to_string(w.s) + ", \"padding\": " + std::to_string(w.before);
  if (w.output_padding > 0) text += ", \"output_padding\": " + std::to_string(w.output_padding);
  return text;
}

// The sizes that the pair gives back, in words.
std::string right_sizes_of(const Pair& pair, bool size_like = false) {
  std::string up = json_of("ConvTranspose1d", "up", pair.up);
  if (size_like) up += R"(, "size_like": "input")";
  const Parsed parsed = parse(Source("pair", R"({"input": [1, 1, 64], "expect": "input", "layers": [)" +
                                                 json_of("Conv1d", "down", pair.down) + "}, " + up + "}]}"));
  return describe_right_sizes(parsed.spec);
}

std::string named(const Window& w) {
  return "kernel_size " + std::to_string(w.k) + ", stride " + std::to_string(w.s) + ", padding " +
         std::to_string(w.before);
}

std::string net_kernel_text(const Window& w) {
  return std::to_string(w.d) + "*(" + std::to_string(w.k) + " - 1) + 1 - 2*" + std::to_string(w.before) +
         " = " + std::to_string(w.net_kernel());
}

// "0 on 23, 1 on 24": what the stride drops of each size that becomes n.
std::string residues(const Window& w, std::int64_t n) {
  const SizeRange range = window_inputs(w, n);
  std::string text;
  for (std::int64_t x = range.first; x <= range.last; ++x) {
    text += (text.empty() ? "" : ", ") + std::to_string(floor_mod(x - w.net_kernel(), w.s)) + " on " +
            std::to_string(x);
  }
  return text;
}

std::string range_text(const SizeRange& range) {
  return range.first == range.last ? std::to_string(range.first)
                                   : std::to_string(range.first) + " to " + std::to_string(range.last);
}

// The example with each output_padding that LibTorch takes, and with size_like.
std::string worked(const Pair& pair, std::int64_t n) {
  const std::int64_t c = pair.down.net_kernel();
  const std::int64_t up = pair.up.net_kernel();
  std::string text = "\n  Conv " + named(pair.down) + "; ConvTranspose " + named(pair.up) + "\n";
  text += paragraph("down", "c = " + net_kernel_text(pair.down) + ": the sizes " +
                                range_text(window_inputs(pair.down, n)) + " all become " + std::to_string(n) +
                                "; the stride drops " + residues(pair.down, n));
  text +=
      paragraph("up", "c' = " + net_kernel_text(pair.up) + ": from " + std::to_string(n) + " it returns " +
                          range_text(transposed_reach(pair.up, n)) + ", by output_padding");
  if (c == up)
    text += paragraph("", "c' = c: the output_padding that is right is what the stride dropped");
  else if (up > c)
    text += paragraph("", "c' > c by " + std::to_string(up - c) + ": too long for the smallest of the sizes");
  else
    text += paragraph("", "c' < c by " + std::to_string(c - up) + ": too short for the largest of the sizes");
  Pair tried = pair;
  for (std::int64_t op = 0; op < std::max(pair.up.s, pair.up.d); ++op) {
    tried.up.output_padding = op;
    text += paragraph("", "output_padding " + std::to_string(op) + ": right for " + right_sizes_of(tried));
  }
  text += paragraph("", "size_like \"input\": right for " + right_sizes_of(pair, true));
  return text;
}

}  // namespace

std::string page_on_sizes() {
  constexpr Window kSeed{.k = 3, .s = 2, .before = 1, .after = 1};
  constexpr Window kFour{.k = 4, .s = 2, .before = 1, .after = 1};
  std::string text = "sizes\n  which sizes come back, and what output_padding can do about it\n\n";
  text += paragraph("net kernel",
                    "c = d(k-1) + 1 - 2p says how much a layer looks beyond its input. A convolution or "
                    "pool of stride s makes n of each of the s sizes from (n-1)s + c to ns + c - 1.",
                    kPageColumn);
  text += paragraph("residue",
                    "which of them it was, (x - c) mod s, is dropped there. No layer behind can know it.",
                    kPageColumn);
  text +=
      paragraph("back",
                "a transposed convolution returns (n-1)s + c' + output_padding, with 0 <= output_padding < "
                "max(s, d). Where s and c are the same on both ways, the right output_padding is the "
                "residue: there is one for each size, and none for all of them.",
                kPageColumn);
  text += paragraph("all sizes",
                    "\"size_like\" takes the size at forward time, as output_size does in PyTorch; or "
                    "PadToMultiple in front and Crop behind make every size one of those that come back.",
                    kPageColumn);
  text += "\nWorked examples, computed now:\n";
  text += worked({kSeed, kSeed}, 12);
  text += worked({kFour, kSeed}, 12);
  text += worked({kSeed, kFour}, 12);
  text += "\n`shapedbg sizes SPEC` does this for a whole network, every axis and every size.\n";
  return text;
}

const std::vector<Page>& explain_pages() {
  static const std::vector<Page> pages{
      {"sizes", "which sizes come back, and what output_padding can do about it", page_on_sizes},
      {"axes", "what an axis is made of, where a position lies, and what a repair may not change",
       page_on_axes},
      {"scale_factor", "what a size times scale_factor comes to, in LibTorch and elsewhere", page_on_scale}};
  return pages;
}

}  // namespace shapedbg
