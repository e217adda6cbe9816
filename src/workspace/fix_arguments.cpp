#include "workspace/fix_arguments.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "code/wording.h"
#include "net/sharing.h"

namespace shapedbg {
namespace {

constexpr std::size_t kMostArgumentTrials = 4;

std::optional<std::int64_t> whole(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  return code == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

// The arguments of a call around that say a number for several others, the innermost call first.
std::vector<const ConstructorCall::Place*> around(const ConstructorCall& call, const std::string& name) {
  std::vector<const ConstructorCall::Place*> found;
  for (const ConstructorCall::Argument& one : call.arguments)
    for (const ConstructorCall::Place& place : one.places)
      if (one.name == name && place.among) found.push_back(&place);
  return found;
}

class CallsAround {
 public:
  CallsAround(const Spec& spec, const std::vector<ConstructorCall>& calls) : spec_(spec) {
    for (const ConstructorCall& call : calls)
      if (!call.step) calls_.emplace(call.module, &call);
  }

  // The changes of a fix said in the calls around that stand `depth` further out.
  ProgramEdits of(const Fix& fix, std::size_t depth) const {
    struct Text {
      const ConstructorCall::Place* place;
      std::string option;
      std::vector<Wanted> wanted;
    };
    std::map<std::pair<std::string, std::size_t>, Text> texts;
    for (const Change& change : fix.changes) {
      const auto layer = spec_.find(change.layer);
      const auto number = whole(change.to);
      const auto call = layer ? calls_.find(module_of(spec_.layer(*layer))) : calls_.end();
      if (!number || call == calls_.end()) return {};
      const auto places = around(*call->second, change.option);
      if (places.size() <= depth) return {};
      const ConstructorCall::Place& place = *places[depth];
      Text& text =
          texts.try_emplace({place.file, place.span.begin}, Text{&place, change.option, {}}).first->second;
      text.wanted.push_back({&place, *number});
    }
    ProgramEdits edits;
    for (const auto& [at, text] : texts) {
      const std::string words = in_words(text.wanted, text.option);
      if (words.empty()) return {};
      const Span& span = text.place->span;
      edits.edits.push_back({text.place->file, {span.begin, span.end - span.begin, words}});
    }
    return edits;
  }

 private:
  const Spec& spec_;
  std::map<std::string, const ConstructorCall*> calls_;
};

bool same_edits(const ProgramEdits& a, const ProgramEdits& b) {
  return std::equal(a.edits.begin(), a.edits.end(), b.edits.begin(), b.edits.end(),
                    [](const ProgramEdit& x, const ProgramEdit& y) {
                      return x.file == y.file && x.edit.offset == y.edit.offset && x.edit.text == y.edit.text;
                    });
}

}  // namespace

std::vector<ArgumentTrial> argument_trials(const std::vector<const Fix*>& fixes, const Spec& spec,
                                           const std::vector<ConstructorCall>& calls) {
  constexpr std::size_t furthest = 3;
  const CallsAround trials(spec, calls);
  std::vector<ArgumentTrial> found;
  for (const Fix* fix : fixes)
    for (std::size_t depth = 0; depth < furthest; ++depth) {
      ProgramEdits edits = trials.of(*fix, depth);
      const bool known = std::any_of(found.begin(), found.end(),
                                     [&](const ArgumentTrial& one) { return same_edits(one.edits, edits); });
      if (!edits.edits.empty() && !known && found.size() < kMostArgumentTrials)
        found.push_back({fix, std::move(edits)});
    }
  return found;
}

}  // namespace shapedbg
