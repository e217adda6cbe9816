// How printed modules are wired: not in the text, so guessed from what the modules count. A layer that counts
// 768 channels where 512 arrive reads 512 and the 256 of a skip, or what its block was given, or the map as
// tokens; each such step is said. Shapes decide: of all tensors so far those that fit, the nearest first.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/spec.h"
#include "read/draft.h"

namespace shapedbg::printed {

// The shape that a layer makes of tensors of these shapes; none where it refuses them.
using LayerShape = std::function<std::optional<Shape>(const DraftLayer&, const std::vector<Shape>&)>;

// A tensor on the way. `ends` are the results of a module whose branches nothing has joined yet: the tensor
// is the last of them.
struct Tensor {
  Ref ref;
  Shape shape;                 // empty: not known
  std::string name;            // the path of the module that made it
  bool channels_last = false;  // a map that was turned so that its channels stand last
  Shape places = {};           // of tokens: the map that they were
  std::vector<Tensor> ends = {};
  std::shared_ptr<const Tensor> given = nullptr;  // what the module that returned it had been given
};

// What a layer asks of the tensor that it gets: `sizes` at the end of its axes, or at axis 1.
struct Need {
  std::vector<std::int64_t> sizes;
  bool last = false;    // of the last axes
  int rank = 0;         // the number of axes it takes; 0: any
  bool weighs = false;  // a Linear: may stand behind a Flatten
};
std::optional<Need> need_of(const DraftLayer& layer);
bool fits(const Need& need, const Tensor& tensor);

class Wiring {
 public:
  // Of an empty `shape_of` all is a chain.
  Wiring(Draft& draft, LayerShape shape_of) : draft_(draft), shape_of_(std::move(shape_of)) {}

  // Adds a layer that reads `in`.
  Tensor add(DraftLayer layer, const Tensor& in);

  // A module begins, which is given `in`; it ends and returns what `last` is. `shortcut`: what a branch
  // beside the others made of what came in, to be added.
  void enter(const Tensor& in) {
    read(in);
    scopes_.push_back({in, {}});
  }
  Tensor leave(Tensor last, const std::optional<Tensor>& shortcut, const std::string& path);
  // The input of the module that is being run.
  const Tensor& given() const { return scopes_.back().given; }

  // What the next module reads: `last` where that fits; else what the sizes say. `turns_back`: a convolution
  // follows in the same module. `ends`: nothing but Linear layers, and what stands between, follows.
  struct Next {
    std::string path;
    bool beside = false;      // named as a shortcut
    bool turns_back = false;  // a convolution follows in the same module
    bool ends = false;        // only Linear layers follow
    bool gates = false;       // the module is named after a gate
  };
  Tensor choose(const Need& need, const Tensor& last, const Next& next);

  // The same of a layer that asks for nothing itself, where one behind it does: branches are joined in front
  // of it, and where it `passes` all on, a map is made tokens, or features where those are asked for.
  Tensor ahead(const Need& later, const Tensor& last, const Next& next, bool passes, bool features);
  // The mean over all places of a map.
  Tensor mean(const Tensor& map, const std::string& path);
  static int rank(const Tensor& tensor) { return static_cast<int>(tensor.shape.size()); }
  // A map with its channels last, or second again.
  Tensor turn(const Tensor& map, bool to_last, const std::string& path);

  // Multiplies what the module was given by its result, which a gate made.
  Tensor gated(const Tensor& gate, const std::string& path);

  bool other_size = false;  // a Linear behind a map would take that of another input size
  std::vector<std::string> guesses;
  int misfits = 0;  // layers for which nothing was found that fits, or only something far away

 private:
  struct Scope {
    Tensor given;
    std::vector<Tensor> ends;  // results inside that nothing in here read
  };
  Tensor put(DraftLayer layer, const std::vector<Tensor>& from);
  void read(const Tensor& tensor);
  void say(std::string guess) { guesses.push_back(std::move(guess)); }
  // The places of a map as tokens, and tokens as the map that they were.
  Tensor tokens_of(const Tensor& map, const std::string& path, const std::string& turned);
  Tensor map_of(const Tensor& turned, const Shape& places, const std::string& path);
  std::optional<Tensor> joined(const Need& need, std::vector<Tensor> parts, const Next& next);
  std::optional<Tensor> with_older(const Need& need, const Tensor& last, const Next& next, bool up);
  std::optional<Tensor> reduced(const Need& need, const Tensor& given, const std::vector<Tensor>& ends,
                                const Next& next);
  std::optional<Tensor> given_to(const Need& need, const Tensor* as_large_as, const Next& next);
  std::optional<Tensor> turned(const Need& need, const Tensor& last, const Next& next);
  std::optional<Tensor> flat(const Need& need, const Tensor& last, const Next& next);
  std::optional<Tensor> unflattened(const Need& need, const Tensor& last, const Next& next);
  std::optional<Tensor> attended(const Need& need, const Tensor& last, const Next& next);
  std::optional<Tensor> merged(const Need& need, const Tensor& last, const Next& next);
  std::optional<Tensor> halved(const Need& need, const Tensor& last, const Next& next);

  Draft& draft_;
  LayerShape shape_of_;
  std::vector<Scope> scopes_;
  std::vector<Tensor> made_;  // every tensor, in its order
};

}  // namespace shapedbg::printed
