#include "net/readers.h"

namespace shapedbg {

std::vector<Ref> reads(const Spec& spec, const LayerSpec& layer) {
  std::vector<Ref> refs = layer.inputs;
  if (const auto like = layer.reference(Opt::size_like)) refs.push_back(*like);
  const auto pool = layer.reference(Opt::indices);
  if (pool && !pool->is_input()) {
    const LayerSpec& taken = spec.layer(pool->layer);
    if (!taken.inputs.empty()) refs.push_back(taken.inputs.front());
    refs.push_back({pool->layer, 0});
  }
  return refs;
}

ReaderIndex::ReaderIndex(const Spec& spec) : first_(spec.layers.size() + 1, 0) {
  struct Read {
    std::size_t read;
    LayerId reader;
  };
  std::vector<Read> all;
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    for (const Ref ref : reads(spec, spec.layers[i]))
      if (!ref.is_input()) all.push_back({ref.layer.place(), LayerId(i)});
  for (const Read& one : all) ++first_[one.read + 1];
  for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  readers_.resize(all.size());
  for (const Read& one : all) readers_[next[one.read]++] = one.reader;
}

std::span<const LayerId> ReaderIndex::of(LayerId layer) const {
  const auto at = layer.place();
  return std::span(readers_).subspan(first_[at], first_[at + 1] - first_[at]);
}

std::optional<LayerId> ReaderIndex::only(LayerId layer) const {
  const auto all = of(layer);
  return all.size() == 1 ? std::optional(all.front()) : std::nullopt;
}

}  // namespace shapedbg
