#include "meaning/meaning.h"

#include <algorithm>

namespace shapedbg {
namespace {

constexpr FlawInfo kFlaws[] = {
    {Flaw::torn, "A1", "a reshape cuts through rows of elements that belong together"},
    {Flaw::mixed, "A2", "a reshape joins the end of one axis and the beginning of another"},
    {Flaw::misread, "A3", "an axis that is read as positions holds something else"},
    {Flaw::crossed, "A4", "a merge of different axes of one input"},
    {Flaw::drifting, "A5", "a merge of positions that lie at different distances"},
    {Flaw::shifted, "A6", "a merge of positions that lie in different places"},
    {Flaw::samples, "A7", "different samples meet"},
    {Flaw::stretched, "A8", "one position that a convolution made of several is repeated over an axis"},
    {Flaw::constant, "A9", "a normalisation or softmax whose result does not depend on its input"},
    {Flaw::twice, "A10", "a merge of a tensor with itself, cut out twice"},
    {Flaw::layout, "A11", "a window slides over channels while its channels are positions"},
    {Flaw::turned, "A12", "the output has the axes of the input in another order"},
    {Flaw::repeated, "A13", "the same positions are laid end to end"},
};

}  // namespace

const FlawInfo& info(Flaw flaw) { return kFlaws[static_cast<std::size_t>(flaw)]; }
std::span<const FlawInfo> all_flaws() { return kFlaws; }

namespace {

// Reads digits one by one, outermost first.
struct Reader {
  const Meaning& meaning;
  Reading reading = {};
  bool channels_first = false;
  bool sub_pixels = false;
  bool batch = false;
  bool broken = false;
  bool gap = false;  // windows that overlap, or parts left out
  bool unknown = false;

  void channels(const Digit& digit) {
    if (reading.root < 0) {
      channels_first = true;
      return;
    }
    sub_pixels = true;
    reading.place = resized(reading.place, digit.size);
  }

  void first_positions(const Atom& atom, const Digit& digit) {
    broken = broken || channels_first;
    reading.kind = Reading::Kind::place;
    reading.root = atom.root;
    reading.place = meaning.places[static_cast<std::size_t>(atom.place)];
    if (digit.stride > 1) reading.place = grouped(reading.place, digit.stride);
    if (digit.stride * digit.size < atom.size) reading.place.local = true;
  }

  void further_positions(const Atom& atom, const Digit& digit) {
    if (sub_pixels) broken = true;
    if (atom.root != reading.root) {
      reading.kind = Reading::Kind::several;
      return;
    }
    if (reading.kind == Reading::Kind::several) return;
    const bool local = reading.place.local;
    Alignment place = meaning.places[static_cast<std::size_t>(atom.place)];
    if (digit.stride > 1) place = grouped(place, digit.stride);
    if (!(place.step < reading.place.step)) {
      broken = true;
    } else if (!(place.step * digit.size == reading.place.step)) {
      gap = true;
    }
    reading.place = place;
    reading.place.local = local;
  }

  void take(const Digit& digit) {
    const Atom& atom = meaning.atom(digit);
    switch (atom.kind) {
      case AtomKind::batch:
        batch = true;
        break;
      case AtomKind::channel:
        channels(digit);
        break;
      case AtomKind::position:
        reading.root < 0 ? first_positions(atom, digit) : further_positions(atom, digit);
        break;
      case AtomKind::unknown:
        unknown = true;
        break;
    }
  }
};

}  // namespace

Reading read_positions(const Meaning& meaning, std::span<const Digit> digits) {
  Reading none;
  if (digits.empty()) return none;
  if (digits.size() == 1) {
    const Atom& atom = meaning.atom(digits[0]);
    if (atom.kind == AtomKind::position && is_whole(digits[0], meaning.atoms))
      return {Reading::Kind::place, atom.root, meaning.places[static_cast<std::size_t>(atom.place)]};
  }
  Reader reader{meaning};
  for (const Digit& digit : digits) reader.take(digit);
  if (reader.unknown)
    reader.reading.kind = Reading::Kind::unknown;
  else if (reader.batch)
    reader.reading.kind = Reading::Kind::batch;
  else if (reader.broken || reader.gap)
    reader.reading.kind = reader.broken ? Reading::Kind::broken : Reading::Kind::unknown;
  else if (reader.reading.root < 0)
    reader.reading.kind = Reading::Kind::features;
  return reader.reading;
}

namespace {

std::string_view axis_word(std::size_t rank, int axis) {
  static constexpr std::string_view kWords[3][3] = {
      {"length", "", ""}, {"height", "width", ""}, {"depth", "height", "width"}};
  const int spatial = static_cast<int>(rank) - 2;
  if (spatial < 1 || spatial > 3 || axis < 2) return "";
  return kWords[spatial - 1][axis - 2];
}

std::string root_name(const Spec& spec, const Meaning& meaning, const Root& root) {
  if (root.kind != Root::Kind::input) return "`" + spec.name_of({LayerId(root.index), 0}) + "`";
  const InputSpec& input = spec.input(root.index);
  const std::string_view word = axis_word(input.shape.size(), root.axis);
  const bool channels_last = root.index == 0 && meaning.channel_axis != 1;
  std::string name = word.empty() || channels_last ? "axis " + std::to_string(root.axis) : std::string(word);
  return spec.inputs.size() > 1 ? name + " of `" + input.name + "`" : name;
}

std::string digit_text(const Spec& spec, const Meaning& meaning, const Digit& digit) {
  const Atom& atom = meaning.atom(digit);
  const Root* root = meaning.root_of(atom);
  std::string text;
  switch (atom.kind) {
    case AtomKind::batch:
      text = "batch";
      break;
    case AtomKind::channel:
      text = root == nullptr || root->kind == Root::Kind::input
                 ? "channels"
                 : "channels of " + root_name(spec, meaning, *root);
      break;
    case AtomKind::position:
      text = root == nullptr ? "positions" : root_name(spec, meaning, *root);
      if (root != nullptr && root->kind == Root::Kind::seed) text = "positions of " + text;
      break;
    case AtomKind::unknown:
      return "?";
  }
  if (digit.stride > 1) return text + " / " + std::to_string(digit.stride);
  if (digit.size < atom.size) return text + " % " + std::to_string(digit.size);
  return text;
}

}  // namespace

std::string made_of(const Spec& spec, const Meaning& meaning, const AxisMeaning& axis) {
  if (axis.count == 0) {
    const bool batch =
        axis.mark >= 0 && meaning.atoms[static_cast<std::size_t>(axis.mark)].kind == AtomKind::batch;
    return batch ? "batch" : "1";
  }
  std::string text;
  for (const Digit& digit : meaning.digits_of(axis)) {
    if (!text.empty()) text += " * ";
    text += digit_text(spec, meaning, digit);
  }
  return text;
}

std::string lies_at(const Spec&, const Meaning& meaning, const AxisMeaning& axis) {
  const Reading reading = read_positions(meaning, meaning.digits_of(axis));
  if (reading.kind != Reading::Kind::place || reading.place.local) return {};
  const Root& root = meaning.roots[static_cast<std::size_t>(reading.root)];
  if (root.kind != Root::Kind::input) return {};
  std::string text = "every " + to_string(reading.place.step);
  if (!(reading.place.offset == 0)) text += " from " + to_string(reading.place.offset);
  return text;
}

}  // namespace shapedbg
