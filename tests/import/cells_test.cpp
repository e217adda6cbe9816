// Single steps of recurrent layers: nn.GRUCell and kin, as a program calls them in a loop.
#include <gtest/gtest.h>

#include "recorded.h"

namespace shapedbg {
namespace {

using recorded::call;
using recorded::made;
using recorded::read;
using recorded::run;
using recorded::tensor;

// x [2, 8] and weights of a cell with that many gates and 16 features.
std::string cell_of(std::int64_t gates, std::int64_t in, bool bias = true) {
  return tensor(0, "input", {2, 8}) + tensor(1, "parameter", {gates * 16, in}) +
         tensor(2, "parameter", {gates * 16, 16}) +
         (bias ? tensor(3, "parameter", {gates * 16}) + tensor(4, "parameter", {gates * 16})
               : std::string()) +
         tensor(5, "constant", {2, 16}) + tensor(6, "constant", {2, 16});
}

const std::string kWeights = R"({"t": 1}, {"t": 2}, {"t": 3}, {"t": 4})";

TEST(Cells, AStepThatTheNextOneTakes) {
  const std::string first = R"({"t": 0}, {"t": 5}, )" + kWeights;
  const std::string second = R"({"t": 0}, {"t": 7}, )" + kWeights;
  const auto one = read(run(1,
                            cell_of(3, 8) + call("torch.gru_cell", first, made(7, {2, 16})) +
                                call("torch.gru_cell", second, made(8, {2, 16})),
                            8));
  ASSERT_EQ(one.count("GRUCell"), 2u) << one.text;
  EXPECT_EQ(one.custom, 0u);
  EXPECT_EQ(one.spec.layers[0].inputs.size(), 1u);  // the first state is a constant
  EXPECT_EQ(one.spec.layers[1].inputs.size(), 2u);
  EXPECT_EQ(one.spec.layers[1].integer(Opt::input_size), 8);
  EXPECT_EQ(one.returned({{5, 8}}), (Shape{5, 16}));
}

TEST(Cells, AnLstmHasTwoStates) {
  const std::string first = R"({"t": 0}, [{"t": 5}, {"t": 6}], )" + kWeights;
  const std::string second = R"({"t": 0}, [{"t": 7}, {"t": 8}], )" + kWeights;
  const auto one =
      read(run(1,
               cell_of(4, 8) + call("torch.lstm_cell", first, made(7, {2, 16}) + ", " + made(8, {2, 16})) +
                   call("torch.lstm_cell", second, made(9, {2, 16}) + ", " + made(10, {2, 16})),
               10));
  ASSERT_EQ(one.count("LSTMCell"), 2u) << one.text;
  EXPECT_EQ(one.spec.layers[1].inputs,
            (std::vector<Ref>{Ref::of_input(0), {LayerId(0), 0}, {LayerId(0), 1}}));
  EXPECT_EQ(infer(one.spec).layers[1].outputs, (Shapes{{2, 16}, {2, 16}}));
}

TEST(Cells, PlainOnesSayWhatFollows) {
  const std::string given = R"({"t": 0}, {"t": 5}, {"t": 1}, {"t": 2}, null, null)";
  const auto one =
      read(run(1, cell_of(1, 8, false) + call("torch.rnn_relu_cell", given, made(7, {2, 16})), 7));
  ASSERT_EQ(one.count("RNNCell"), 1u) << one.text;
  EXPECT_EQ(one.spec.layers[0].word(Opt::nonlinearity), "relu");
  EXPECT_FALSE(one.spec.layers[0].flag(Opt::bias));
}

TEST(Cells, AWidthThatDoesNotFitIsRefused) {
  const std::string given = R"({"t": 0}, {"t": 5}, )" + kWeights;
  const auto one = read(run(1, cell_of(3, 24) + call("torch.gru_cell", given, made(7, {2, 16})), 7));
  const Trace trace = infer(one.spec);
  ASSERT_EQ(trace.layers.at(0).refusals.size(), 1u);
  EXPECT_EQ(trace.layers[0].refusals[0].message, "`gru_cell` gets 8 features, its input_size is 24");
  EXPECT_EQ(trace.layers[0].outputs, (Shapes{{2, 16}}));
}

}  // namespace
}  // namespace shapedbg
