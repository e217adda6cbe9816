// Nodes that one call of torch was turned into. torch's exporter notes the call beside each of its nodes;
// those of one call become one layer again where a kind stands for it.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {
namespace {

// "%group_norm : … call_function[target=torch.ops.aten.group_norm.default](args = (%x, 4, …), kwargs = {…})"
struct Call {
  std::string_view name;                    // group_norm
  std::vector<std::string_view> arguments;  // of the outermost list, blanks cut off
  std::string_view keywords;
};

std::optional<Call> read_call(std::string_view text) {
  constexpr std::string_view target = "target=torch.ops.aten.";
  constexpr std::string_view arguments = "](args = (";
  const std::size_t at = text.find(target);
  if (at == std::string_view::npos) return {};
  Call call;
  const std::size_t name = at + target.size();
  const std::size_t dot = text.find_first_of(".]", name);
  const std::size_t open = text.find(arguments, name);
  if (dot == std::string_view::npos || open == std::string_view::npos || dot > open) return {};
  call.name = text.substr(name, dot - name);
  int depth = 0;
  std::size_t begin = open + arguments.size();
  for (std::size_t i = begin; i < text.size() && call.arguments.size() < 32; ++i) {
    const char c = text[i];
    const bool ends = depth == 0 && (c == ',' || c == ')');
    if (c == '(' || c == '[') ++depth;
    if ((c == ')' || c == ']') && depth > 0) --depth;
    if (!ends) continue;
    std::string_view argument = text.substr(begin, i - begin);
    while (argument.starts_with(' ')) argument.remove_prefix(1);
    if (!argument.empty()) call.arguments.push_back(argument);
    begin = i + 1;
    if (c == ')') {
      call.keywords = text.substr(i);
      break;
    }
  }
  return call;
}

// "4", "[1, 2]"; empty where it is anything else.
std::vector<std::int64_t> numbers(std::string_view text) {
  std::vector<std::int64_t> list;
  for (std::size_t at = 0; at < text.size() && list.size() < 16;) {
    if (text[at] == '[' || text[at] == ']' || text[at] == ',' || text[at] == ' ') {
      ++at;
      continue;
    }
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (code != std::errc()) return {};
    at = static_cast<std::size_t>(end - text.data());
    if (at < text.size() && text[at] != ',' && text[at] != ']' && text[at] != ' ') return {};
    list.push_back(value);
  }
  return list;
}

std::string_view kind_of(std::string_view call) {
  static const std::unordered_map<std::string_view, std::string_view> kinds{
      {"group_norm", "GroupNorm"},
      {"native_group_norm", "GroupNorm"},
      {"layer_norm", "LayerNorm"},
      {"rms_norm", "RMSNorm"},
      {"silu", "SiLU"},
      {"gelu", "GELU"},
      {"mish", "Mish"},
      {"softplus", "Softplus"},
      {"elu", "ELU"},
      {"hardswish", "Hardswish"},
      {"hardsigmoid", "Hardsigmoid"},
      {"relu6", "ReLU6"},
      {"log_sigmoid", "LogSigmoid"},
      {"glu", "GLU"},
      {"softshrink", "Softshrink"},
      {"hardshrink", "Hardshrink"},
      {"tanhshrink", "Tanhshrink"},
      {"softsign", "Softsign"},
      {"softmin", "Softmin"},
      {"pixel_shuffle", "PixelShuffle"},
      {"pixel_unshuffle", "PixelUnshuffle"},
      {"channel_shuffle", "ChannelShuffle"},
      {"im2col", "Unfold"},
      {"roll", "Roll"},
      {"flip", "Flip"},
      {"softmax", "Softmax"},
      {"log_softmax", "LogSoftmax"},
      {"adaptive_avg_pool1d", "AdaptiveAvgPool1d"},
      {"adaptive_avg_pool2d", "AdaptiveAvgPool2d"},
      {"adaptive_avg_pool3d", "AdaptiveAvgPool3d"}};
  const auto found = kinds.find(call);
  return found == kinds.end() ? std::string_view{} : found->second;
}

// Calls of many nodes that become one step with a shape of its own.
bool opaque(std::string_view call) {
  static constexpr std::string_view calls[] = {"scaled_dot_product_attention",
                                               "max_unpool2d",
                                               "max_unpool3d",
                                               "unfold",
                                               "upsample_nearest_exact1d",
                                               "_upsample_nearest_exact1d",
                                               "_upsample_nearest_exact2d",
                                               "_upsample_nearest_exact3d",
                                               "upsample_nearest_exact2d",
                                               "linalg_vector_norm",
                                               "var",
                                               "std",
                                               "var_mean",
                                               "std_mean",
                                               "lstm",
                                               "gru"};
  return std::find(std::begin(calls), std::end(calls), call) != std::end(calls);
}

}  // namespace

void Importer::find_groups() {
  const std::vector<Node>& nodes = model_.graph.nodes;
  group_of_.assign(nodes.size(), -1);
  std::unordered_map<std::string_view, std::vector<int>> calls;
  for (const int index : order_) {
    const Node& node = nodes[static_cast<std::size_t>(index)];
    if (!node.fx_node.empty() && node.op != "Constant") calls[node.fx_node].push_back(index);
  }
  for (auto& [text, members] : calls) {
    if (members.size() < 2) continue;
    const auto call = read_call(text);
    if (!call || (kind_of(call->name).empty() && !opaque(call->name)) || !can_group(call->name, members))
      continue;
    for (const int member : members)
      group_of_[static_cast<std::size_t>(member)] = static_cast<int>(groups_.size());
    groups_.push_back({std::move(members), {}});
  }
  for (const int index : order_) {
    const Node& node = nodes[static_cast<std::size_t>(index)];
    std::vector<int> members;
    std::string_view kind;
    if (node.op == "InstanceNormalization") {
      members = norm_of_groups(index);
      kind = "GroupNorm";
    } else if (node.op == "Mul" && (node.domain.empty() || node.domain == "ai.onnx")) {
      members = product_with_sigmoid(index);
      kind = "SiLU";
    }
    if (members.empty()) continue;
    for (const int member : members)
      group_of_[static_cast<std::size_t>(member)] = static_cast<int>(groups_.size());
    groups_.push_back({std::move(members), kind});
  }
}

// The node that alone reads the tensor, -1 where it is another number or the network returns it.
int Importer::only_reader(TensorId id) const {
  return id == no_tensor || at(id).returned || at(id).readers.size() != 1 ? -1 : at(id).readers[0];
}

// GroupNorm before opset 21: Reshape to [N, groups, -1], InstanceNormalization, Reshape back, Mul, Add.
std::vector<int> Importer::norm_of_groups(int index) const {
  const std::vector<Node>& nodes = model_.graph.nodes;
  const Node& norm = nodes[static_cast<std::size_t>(index)];
  const TensorId in = input(norm, 0);
  const int first = in == no_tensor ? -1 : at(in).maker;
  if (first < 0 || only_reader(in) != index || nodes[static_cast<std::size_t>(first)].op != "Reshape")
    return {};
  const int back = only_reader(output(norm, 0));
  if (back < 0 || nodes[static_cast<std::size_t>(back)].op != "Reshape") return {};
  std::vector<int> members{first, index, back};
  for (const std::string_view op : {"Mul", "Add"}) {
    const Node& last = nodes[static_cast<std::size_t>(members.back())];
    const int next = only_reader(output(last, 0));
    if (next < 0 || nodes[static_cast<std::size_t>(next)].op != op) break;
    // With a weight: what else it takes depends on no input.
    const Node& step = nodes[static_cast<std::size_t>(next)];
    const TensorId other = input(step, input(step, 0) == output(last, 0) ? 1 : 0);
    if (other == no_tensor || !of_weights(other)) break;
    members.push_back(next);
  }
  for (const int member : members)
    if (group_of_[static_cast<std::size_t>(member)] >= 0) return {};
  return members;
}

std::vector<int> Importer::product_with_sigmoid(int index) const {
  const std::vector<Node>& nodes = model_.graph.nodes;
  const Node& product = nodes[static_cast<std::size_t>(index)];
  if (product.inputs.size() != 2 || group_of_[static_cast<std::size_t>(index)] >= 0) return {};
  for (const std::size_t k : {0U, 1U}) {
    const TensorId gate = input(product, k);
    const int maker = gate == no_tensor ? -1 : at(gate).maker;
    if (maker < 0 || only_reader(gate) != index || group_of_[static_cast<std::size_t>(maker)] >= 0) continue;
    const Node& sigmoid = nodes[static_cast<std::size_t>(maker)];
    if (sigmoid.op == "Sigmoid" && input(sigmoid, 0) == input(product, 1 - k)) return {maker, index};
  }
  return {};
}

// Nothing that it is made of is an input. Looks a few nodes up.
bool Importer::of_weights(TensorId id, int depth) const {
  if (at(id).parameter) return true;
  if (at(id).maker < 0 || depth > 4) return false;
  const Node& node = model_.graph.nodes[static_cast<std::size_t>(at(id).maker)];
  for (std::size_t k = 0; k < node.inputs.size(); ++k)
    if (const TensorId part = input(node, k); part != no_tensor && !of_weights(part, depth + 1)) return false;
  return true;
}

// The layer of a pattern, at its last node.
bool Importer::pattern(const Node& last, std::string_view kind, const std::vector<int>& members) {
  const Node& first = model_.graph.nodes[static_cast<std::size_t>(members.front())];
  const TensorId in = input(first, 0);
  const TensorId out = output(last, 0);
  if (in == no_tensor || out == no_tensor || !known(in) || !shape(in) || at(in).shape != at(out).shape)
    return false;
  // Called after the node that gives the step its name, not the sum or product at its end.
  const std::size_t name_giver = kind == "GroupNorm" ? 1 : 0;
  DraftLayer step = named(model_.graph.nodes[static_cast<std::size_t>(members[name_giver])], kind);
  if (step.name == "sigmoid") step.name = "silu";
  if (kind == "GroupNorm") {
    const Node& norm = model_.graph.nodes[static_cast<std::size_t>(members[1])];
    const std::vector<std::int64_t> channels = shape_of(in);
    const std::vector<std::int64_t> grouped = shape_of(input(norm, 0));
    if (channels.size() < 3 || grouped.size() != 3 || grouped[1] < 1 || channels[1] < 1 ||
        channels[1] > most || channels[1] % grouped[1] != 0)
      return false;
    step.set("num_groups", grouped[1]).set("num_channels", channels[1]);
    if (members.size() < 4) step.set("affine", false);
  }
  layer(last, std::move(step), in, out);
  return true;
}

// One tensor leaves the nodes, and the last of them makes it.
bool Importer::can_group(std::string_view call, const std::vector<int>& members) const {
  static_cast<void>(call);
  for (const int member : members) {
    const Node& node = model_.graph.nodes[static_cast<std::size_t>(member)];
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      const TensorId id = output(node, k);
      if (id == no_tensor || (member == members.back() && k == 0)) continue;
      if (at(id).returned) return false;
      for (const int reader : at(id).readers)
        if (std::find(members.begin(), members.end(), reader) == members.end()) return false;
    }
  }
  return true;
}

// Whether three tensors are query, key and value of `out`: the call's own words may name tensors that are
// none in the file, and a mask may be among them.
bool Importer::attends(const std::vector<TensorId>& in, TensorId out) const {
  if (in.size() != 3) return false;
  for (const TensorId id : in)
    if (!shape(id) || shape(id)->size() < 2 || shape(id)->size() != shape(out)->size()) return false;
  // In numbers: sizes that two inputs of the network have in common are of each its own.
  const Integers q = shape_of(in[0]);
  const Integers k = shape_of(in[1]);
  const Integers v = shape_of(in[2]);
  const std::size_t last = q.size() - 1;
  Integers wanted = q;
  wanted[last] = v[last];
  const bool same_samples =
      std::equal(q.begin(), q.end() - 2, k.begin()) && std::equal(q.begin(), q.end() - 2, v.begin());
  return same_samples && q[last] == k[last] && k[last - 1] == v[last - 1] && wanted == shape_of(out);
}

// lstm(input, states, weights, has_biases, num_layers, dropout, train, bidirectional, batch_first), and gru
// alike: one node for each of its layers, and a Transpose on either side where the batch is first. The
// exporter makes one of such a Transpose and the author's beside the call: where none is left behind, the
// layer has its batch second, as the nodes do. False where the nodes say something else.
bool Importer::recurrent_group(const std::vector<int>& members,
                               const std::vector<std::string_view>& arguments, TensorId in, TensorId out) {
  const std::vector<Node>& nodes = model_.graph.nodes;
  const auto node_at = [&](int index) -> const Node& { return nodes[static_cast<std::size_t>(index)]; };
  const Node* first = nullptr;
  std::int64_t layers = 0;
  for (const int member : members) {
    const Node& node = node_at(member);
    if (node.op != "LSTM" && node.op != "GRU") continue;
    if (first == nullptr) first = &node;
    ++layers;
  }
  constexpr std::size_t all_arguments = 9;
  if (first == nullptr || arguments.size() != all_arguments || numbers(arguments[4]) != Integers{layers})
    return false;
  const bool both_ways = arguments[7] == "True";
  // How the input's axes lie where the nodes run: length, batch, features.
  Integers order{0, 1, 2};
  const TensorId runs_on = input(*first, 0);
  if (runs_on != in) {
    const int turn = runs_on == no_tensor ? -1 : at(runs_on).maker;
    if (turn < 0 || node_at(turn).op != "Transpose" || input(node_at(turn), 0) != in) return false;
    order = node_at(turn).integers("perm");
  }
  const Node& last = node_at(members.back());
  const bool batch_first = last.op == "Transpose";
  if (order.size() != 3 || (batch_first && arguments[8] != "True") || !shape(runs_on) ||
      shape(runs_on)->size() != 3 || (batch_first && last.integers("perm") != Integers{1, 0, 2}) ||
      shape(out)->size() != 3)
    return false;
  SizeIds lies = *shape(runs_on);
  const std::int64_t hidden = first->integer("hidden_size", 0);
  const std::int64_t features = sizes_.size(lies[2]);
  if (hidden < 1 || hidden > most || features < 1 || features > most ||
      sizes_.size((*shape(out))[2]) != hidden * (both_ways ? 2 : 1))
    return false;
  if (batch_first) {
    std::swap(order[0], order[1]);
    std::swap(lies[0], lies[1]);
  }
  TensorId taken = in;
  if (order != Integers{0, 1, 2}) {
    DraftLayer permute = named(*first, "Permute");
    permute.name = "permute";  // the module's name is the layer's
    permute.set("dims", order);
    taken = turned(*first, std::move(permute), in, lies);
  }
  DraftLayer step = named(*first, first->op);
  step.set("input_size", features).set("hidden_size", hidden);
  if (layers > 1) step.set("num_layers", layers);
  if (arguments[3] == "False") step.set("bias", false);
  if (batch_first) step.set("batch_first", true);
  if (both_ways) step.set("bidirectional", true);
  layer(last, std::move(step), taken, out);
  return true;
}

// A step without a kind of its own, but for attention: in the order of the call, query, key, value.
void Importer::opaque_group(const Node& last, const std::vector<std::string_view>& arguments,
                            std::string_view name, const std::vector<TensorId>& in) {
  std::vector<TensorId> ordered;
  for (const std::string_view argument : arguments)
    if (argument.starts_with('%'))
      for (const TensorId id : in)
        if (at(id).name == argument.substr(1) &&
            std::find(ordered.begin(), ordered.end(), id) == ordered.end())
          ordered.push_back(id);
  for (const TensorId id : in)
    if (std::find(ordered.begin(), ordered.end(), id) == ordered.end()) ordered.push_back(id);
  const TensorId out = output(last, 0);
  // Keys may be values, too.
  if (name == "scaled_dot_product_attention" && ordered.size() == 2 && arguments.size() > 2 &&
      arguments[1] == arguments[2])
    ordered.push_back(ordered[1]);
  if (name == "scaled_dot_product_attention" && attends(ordered, out))
    return layer(last, named(last, "ScaledDotProductAttention"), ordered, {out});
  custom_of(last, name, std::move(ordered), {out});
}

// The options of a kind from the call's arguments. False where they do not say them.
bool Importer::group_options(const std::function<Integers(std::size_t)>& argument, std::string_view name,
                             std::string_view keywords, const SizeIds& x, DraftLayer& step) {
  const std::string_view kind = step.type;
  const Integers first = argument(1);
  const auto one_of = [&](std::int64_t largest) {
    return first.size() == 1 && first[0] >= 1 && first[0] <= largest;
  };
  const auto all_sizes = [&] {
    return !first.empty() &&
           std::none_of(first.begin(), first.end(), [](std::int64_t n) { return n < 1 || n > most; });
  };
  if (kind == "GroupNorm") {
    const Integers groups = name == "native_group_norm" ? argument(6) : first;
    const std::int64_t channels = x.size() > 1 ? sizes_.size(x[1]) : 0;
    if (groups.size() != 1 || groups[0] < 1 || channels < 1 || channels > most || channels % groups[0] != 0)
      return false;
    step.set("num_groups", groups[0]).set("num_channels", channels);
  } else if (kind == "LayerNorm" || kind == "RMSNorm") {
    if (!all_sizes()) return false;
    step.set("normalized_shape", first);
  } else if (kind == "PixelShuffle" || kind == "PixelUnshuffle") {
    if (!one_of(65535)) return false;
    step.set(kind == "PixelShuffle" ? "upscale_factor" : "downscale_factor", first[0]);
  } else if (kind == "ChannelShuffle") {
    if (!one_of(most)) return false;
    step.set("groups", first[0]);
  } else if (kind == "GLU" || kind == "Softmax" || kind == "LogSoftmax" || kind == "Softmin") {
    const std::int64_t dim = first.size() == 1 ? first[0] : -1;
    if (std::abs(dim) > 64) return false;
    step.set("dim", dim);
  } else if (kind == "GELU" && keywords.find("tanh") != std::string_view::npos) {
    step.set("approximate", "tanh");
  } else if (kind.starts_with("Adaptive")) {
    if (!all_sizes()) return false;
    step.axes("output_size", first);
  } else if (kind == "Unfold") {
    if (first.size() != 2 || !all_sizes()) return false;
    step.axes("kernel_size", first);
    std::size_t place = 2;
    for (const char* option : {"dilation", "padding", "stride"}) {
      const Integers given = argument(place++);
      const std::int64_t least = std::string_view(option) == "padding" ? 0 : 1;
      if (given.size() != 2 ||
          std::any_of(given.begin(), given.end(), [&](std::int64_t n) { return n < least || n > most; }))
        return false;
      step.axes(option, given);
    }
  } else if (kind == "Flip") {
    if (first.empty()) return false;
    step.set("dims", first);
  } else if (kind == "Roll") {
    const Integers dims = argument(2);
    if (first.empty() || dims.size() != first.size()) return false;
    step.set("shifts", first).set("dims", dims);
  }
  return true;
}

// The layer of a call, at its last node. False where nothing stands for it after all.
bool Importer::group(const Node& last, const std::vector<int>& members) {
  const auto group_index = static_cast<std::size_t>(group_of_[static_cast<std::size_t>(members.back())]);
  if (const std::string_view kind = groups_[group_index].pattern; !kind.empty())
    return pattern(last, kind, members);
  const auto call = read_call(last.fx_node);
  const TensorId out = output(last, 0);
  if (!call || out == no_tensor || !shape(out)) return false;
  std::vector<TensorId> in;
  for (const int member : members) {
    const Node& node = model_.graph.nodes[static_cast<std::size_t>(member)];
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const TensorId id = input(node, k);
      if (id == no_tensor || !at(id).ref || std::find(in.begin(), in.end(), id) != in.end()) continue;
      in.push_back(id);
    }
  }
  if (in.empty()) return false;
  const std::string_view kind = kind_of(call->name);
  if ((call->name == "lstm" || call->name == "gru") && in.size() == 1 &&
      recurrent_group(members, call->arguments, in[0], out))
    return true;
  if (kind.empty()) {
    opaque_group(last, call->arguments, call->name, in);
    return true;
  }
  if (in.size() != 1) return false;
  DraftLayer step = named(last, kind);
  const auto argument = [&](std::size_t index) {
    return index < call->arguments.size() ? numbers(call->arguments[index]) : Integers{};
  };
  if (!group_options(argument, call->name, call->keywords, *shape(in[0]), step)) {
    if (kind != "Roll" && kind != "Flip") return false;
    custom_of(last, call->name, in, {out});
    return true;
  }
  layer(last, std::move(step), in, {out});
  return true;
}

}  // namespace shapedbg::onnx
