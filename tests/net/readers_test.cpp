// Who reads each layer, by inputs, `size_like` and the indices of a pool.
#include "net/readers.h"

#include <gtest/gtest.h>

#include <vector>

namespace shapedbg {
namespace {

LayerSpec layer(LayerKind kind, std::vector<Ref> inputs) {
  LayerSpec made;
  made.kind = kind;
  made.inputs = std::move(inputs);
  return made;
}

std::vector<int> of(const ReaderIndex& readers, LayerId index) {
  std::vector<int> all;
  for (const LayerId reader : readers.of(index)) all.push_back(reader.number());
  return all;
}

TEST(Readers, AreFoundForEachLayer) {
  Spec spec;
  spec.layers = {layer(LayerKind::ReLU, {Ref::of_input(0)}), layer(LayerKind::ReLU, {{LayerId(0), 0}}),
                 layer(LayerKind::Add, {{LayerId(0), 0}, {LayerId(1), 0}}),
                 layer(LayerKind::Add, {{LayerId(2), 0}, {LayerId(2), 0}})};
  const ReaderIndex readers(spec);
  EXPECT_EQ(of(readers, LayerId{0}), (std::vector<int>{1, 2}));
  EXPECT_EQ(of(readers, LayerId{1}), (std::vector<int>{2}));
  EXPECT_EQ(of(readers, LayerId{2}), (std::vector<int>{3, 3}))
      << "one that reads it twice stands there twice";
  EXPECT_EQ(of(readers, LayerId{3}), (std::vector<int>{}));
  EXPECT_EQ(readers.only(LayerId{0}), std::nullopt);
  EXPECT_EQ(readers.only(LayerId{1}), LayerId{2});
  EXPECT_EQ(readers.only(LayerId{2}), std::nullopt);
  EXPECT_EQ(readers.only(LayerId{3}), std::nullopt);
}

TEST(Readers, AnUnpoolingReadsItsPoolAndWhatThatTook) {
  Spec spec;
  spec.layers = {layer(LayerKind::ReLU, {Ref::of_input(0)}), layer(LayerKind::MaxPool2d, {{LayerId(0), 0}}),
                 layer(LayerKind::MaxUnpool2d, {{LayerId(1), 0}})};
  for (const OptionInfo& option : spec.layers[2].info().options)
    spec.layers[2].options.edit().push_back({&option, option.fallback, false, {}});
  spec.layers[2].set(Opt::indices, Value{Ref{LayerId(1), 0}});
  const ReaderIndex readers(spec);
  EXPECT_EQ(of(readers, LayerId{0}), (std::vector<int>{1, 2}));
  EXPECT_EQ(of(readers, LayerId{1}), (std::vector<int>{2, 2}));
}

}  // namespace
}  // namespace shapedbg
