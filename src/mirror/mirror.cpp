#include "mirror/mirror.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "infer/sizes.h"
#include "infer/smallest.h"
#include "read/json/json.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kRuleLimit = 2'000'000;

const Finding* first_error(const std::vector<Finding>& findings) {
  const auto found = std::find_if(findings.begin(), findings.end(), is_error);
  return found == findings.end() ? nullptr : &*found;
}

// The bytes with an encoder and this decoder, whichever of them there were.
std::optional<std::string> with_decoder(const Source& source, const std::string& list) {
  std::vector<Finding> findings;
  const json::Document document(source, findings);
  if (document.empty() || document.root().type != json::Type::object) return std::nullopt;
  const json::Node& root = document.root();
  const json::Node* encoder = document.find(root, "encoder");
  std::vector<Edit> edits;
  if (encoder == nullptr) {
    encoder = document.find(root, "layers");
    if (encoder == nullptr) return std::nullopt;
    edits.push_back(
        {encoder->key_span.begin, encoder->key_span.end - encoder->key_span.begin, "\"encoder\""});
  }
  const json::Node* decoder = document.find(root, "decoder");
  if (decoder != nullptr) {
    edits.push_back({decoder->span.begin, decoder->span.end - decoder->span.begin, list});
  } else {
    edits.push_back({encoder->span.end, 0, ",\n  \"decoder\": " + list});
  }
  if (const json::Node* expect = document.find(root, "expect"))
    edits.push_back({expect->span.begin, expect->span.end - expect->span.begin, "\"input\""});
  return shapedbg::apply(source.bytes(), edits);
}

std::string list_of(const std::vector<std::string>& objects, const std::string& comment) {
  std::string list = "[\n";
  if (!comment.empty()) list += "    // " + comment + "\n";
  for (std::size_t i = 0; i < objects.size(); ++i)
    list += "    " + objects[i] + (i + 1 < objects.size() ? ",\n" : "\n");
  return list + "  ]";
}

// "every size from 3", and that it is; or why not.
struct Proof {
  std::string sizes;
  std::string error;
};
Proof every_size(const Spec& spec) {
  Proof proof;
  std::vector<std::string> texts;
  Spec encoder = spec;
  encoder.expect.reset();
  std::erase_if(encoder.layers, [](const LayerSpec& layer) { return layer.part == Part::decoder; });
  const std::size_t first = first_spatial_axis(spec);
  const std::size_t rank = spec.inputs[0].shape.size();
  for (std::size_t axis = first; axis < rank; ++axis) {
    const auto whole = size_rule(spec, static_cast<int>(axis), kRuleLimit);
    const auto taken = size_rule(encoder, static_cast<int>(axis), kRuleLimit);
    if (!taken) return {{}, "which sizes the encoder takes cannot be proven"};
    if (!whole) return {{}, "not every size can be proven to come back"};
    texts.push_back(describe(*whole));
    const auto runs = [](SizeOutcome outcome) { return outcome == SizeOutcome::right; };
    if (std::none_of(taken->classes.begin(), taken->classes.end(), runs))
      return {{}, "the encoder itself takes few sizes: " + describe(*taken)};
    // Beyond the small sizes each class is seen once. A size that the encoder refuses cannot come back.
    const auto small = static_cast<std::int64_t>(std::max(whole->small.size(), taken->small.size()));
    const std::int64_t period = std::lcm(whole->period(), taken->period());
    for (std::int64_t n = small + 1; n <= small + period; ++n) {
      if (runs(taken->at(n)) && !runs(whole->at(n)))
        return {{}, "no decoder of this style is right for every size: " + texts.back()};
    }
  }
  if (texts.empty()) return {{}, "there are no spatial axes: nothing to be right for every size of"};
  if (std::equal(texts.begin() + 1, texts.end(), texts.begin())) return {texts[0], {}};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    proof.sizes += (i > 0 ? "; " : "") +
                   std::string(axis_name(static_cast<int>(texts.size()), static_cast<int>(i))) + ": " +
                   texts[i];
  }
  return proof;
}

Mirrored failed(std::string why) {
  Mirrored result;
  result.error = std::move(why);
  return result;
}

std::string told(const Source& source, const Finding& finding) {
  return "line " + std::to_string(source.position(finding.where.span.begin).line) + ": " + finding.message;
}

}  // namespace

Mirrored mirror(const Source& source, const MirrorOptions& options) {
  // The decoder that was there may be the broken part: it is out of the way before anything is read.
  const auto bare = with_decoder(source, "[{\"type\": \"Identity\"}]");
  if (!bare) {
    const Parsed parsed = parse(source);
    const Finding* error = first_error(parsed.findings);
    return failed(error != nullptr ? told(source, *error) : "there is no `encoder` and no list of `layers`");
  }
  const Source skeleton(source.name(), *bare);
  Parsed encoder = parse(skeleton);
  if (const Finding* error = first_error(encoder.findings)) return failed(told(skeleton, *error));
  if (!encoder.usable) return failed("there is no network to mirror");
  take_smallest_sizes(encoder.spec);
  const MirroredLayers layers = mirrored_layers(encoder.spec, infer(encoder.spec), options);
  if (!layers.error.empty()) return failed(layers.error);
  if (layers.objects.empty()) return failed("the encoder has no layer that needs a mirror image");

  Mirrored result;
  const auto read = [&](const std::string& comment) {
    result.text = *with_decoder(skeleton, list_of(layers.objects, comment));
    if (!result.text.ends_with('\n')) result.text += '\n';
    Parsed parsed = parse(Source(source.name(), result.text));
    result.spec = std::move(parsed.spec);
    take_sizes_of(result.spec, encoder.spec);
    return first_error(parsed.findings) == nullptr && parsed.usable;
  };
  if (!read({})) return failed("the mirror image is no spec that can be read");
  result.trace = infer(result.spec);
  for (const LayerTrace& row : result.trace.layers)
    if (!row.refusals.empty())
      return failed("the mirror image does not run: " + row.refusals.front().message);
  const Shape* returned = result.trace.result(result.spec);
  const Shape& wanted = result.spec.inputs[0].shape;
  if (returned == nullptr || *returned != wanted) {
    return failed("the mirror image returns " + (returned == nullptr ? "nothing" : bracketed(*returned)) +
                  " where " + bracketed(wanted) + " went in");
  }
  if (options.every_size) {
    Proof proof = every_size(result.spec);
    if (!proof.error.empty()) return failed(std::move(proof.error));
    result.sizes = std::move(proof.sizes);
  } else {
    result.sizes = describe_right_sizes(result.spec);
  }
  if (!result.sizes.empty()) read("mirrored: right for " + result.sizes);
  return result;
}

}  // namespace shapedbg
