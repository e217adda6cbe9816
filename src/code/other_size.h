// A size that is taken from another tensor when the program runs, by the name that the tensor has at the
// call.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/constructor.h"
#include "code/equal_sizes.h"
#include "infer/infer.h"
#include "net/constructor.h"
#include "net/spec.h"

namespace shapedbg {

// F.interpolate(x, (h, w)) takes the size of another tensor, by the name that it has there, and so does
// F.interpolate(x, scale_factor=2), where size=skip.shape[2:] stands in the place of the factor; self.up(x)
// of a transposed layer and of an unpooling is given it: self.up(x, output_size=skip.shape[2:]); that of an
// Upsample with a factor becomes F.interpolate(x, size=skip.shape[2:]).
class OtherSizes {
 public:
  // Holds on to all of them.
  OtherSizes(const Spec& before, const Spec& after, const std::vector<ForwardCall>& forward,
             const std::vector<ConstructorCall>& calls);

  // Takes up that a layer is told the size of another tensor; false where its call cannot say so.
  bool say(std::size_t layer, const OptionValue& now);
  // What is written for all that was taken up.
  ProgramEdits write();

 private:
  using Place = std::pair<std::string, std::size_t>;
  struct Text {
    std::string front, back;  // around "skip.shape[2:]", "sizes[-1 - i]"
    std::size_t length = 0;
    std::vector<std::string> names;  // each stands for the right tensor in all the runs that were looked at
    const ForwardCall* call = nullptr;
    std::set<std::string> layers;  // that were looked at
    int runs = 0;
    bool resizes = false;  // whatever its other runs return
    bool unpools = false;  // the same
  };

  // Where the call is told a size, and how; false where it is not.
  static bool of_a_function(const ConstructorCall& call, Text& text, Place& at);
  bool of_a_module(std::size_t layer, const ForwardCall& call, Text& text, Place& at);
  bool put(const Place& at, Text text);
  bool interpolates(std::size_t layer, const ForwardCall& call, Text& text);
  static void keep_names(Text& all, const std::vector<std::string>& names);
  void as_large_elsewhere(Text& all);
  int runs_of(const ForwardCall& call) const;
  std::vector<std::string> names_of(Ref ref, const ForwardCall& call, bool everywhere, bool spatial);

  const Spec& before_;
  const Spec& after_;
  std::optional<Trace> trace_;                                // of `after_`, found at the first question
  std::map<std::string_view, const ForwardCall*> forward_;    // by the layer
  std::map<std::string_view, const ConstructorCall*> steps_;  // by the layer
  std::map<Place, Text> texts_;
  EqualSizes equal_;
};

}  // namespace shapedbg
