// Random U-Nets that are sound for their input, and defects to plant in them.
#pragma once

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "random_dag.h"

namespace shapedbg {

enum class Defect : std::uint8_t {
  stride,
  padding,
  kernel,
  channels,
  missing_skip,
  wrong_skip,
  input_size,
  output_padding
};
inline constexpr std::array<Defect, 8> all_defects{
    Defect::stride,       Defect::padding,    Defect::kernel,     Defect::channels,
    Defect::missing_skip, Defect::wrong_skip, Defect::input_size, Defect::output_padding};
inline const char* name_of(Defect defect) {
  static constexpr const char* names[] = {"stride",       "padding",    "kernel",     "channels",
                                          "missing skip", "wrong skip", "input size", "output_padding"};
  return names[static_cast<std::size_t>(defect)];
}

enum class Role : std::uint8_t { block, down, up, merge, other };
struct UnetPlace {
  Role role = Role::other;
  int level = 0;
};

struct UNet {
  Dag dag;
  std::vector<UnetPlace> places;   // one per node
  std::vector<std::string> skips;  // per level: the tensor that the skip starts from
};

// An option of a node as a number, and set to one.
inline std::int64_t number_of(const Node& node, const std::string& key, std::int64_t absent) {
  for (const auto& [name, json] : node.options)
    if (name == key) return std::stoll(json);
  return absent;
}
inline void set_number(Node& node, const std::string& key, std::int64_t value) {
  for (auto& [name, json] : node.options)
    if (name == key) {
      json = std::to_string(value);
      return;
    }
  node.put(key, value);
}
inline bool has_option(const Node& node, const std::string& key) {
  return std::any_of(node.options.begin(), node.options.end(),
                     [&](const auto& option) { return option.first == key; });
}

class RandomUNets {
 public:
  explicit RandomUNets(std::uint64_t seed) : dice_(seed) {}

  // Every level undoes what it does for sizes that are multiples of the strides; so is the input.
  UNet next() {
    net_ = {};
    axes_ = static_cast<int>(dice_.one_in(4) ? 3 : dice_.one_in(3) ? 1 : 2);
    depth_ = static_cast<int>(dice_.between(2, axes_ == 3 ? 4 : 5));
    writes_in_ = !dice_.one_in(6);
    norm_ = dice_.one_in(2);
    convs_ = static_cast<int>(dice_.between(1, 2));
    const bool uniform = !dice_.one_in(4);
    const bool threes = dice_.one_in(6);
    std::vector<std::int64_t> strides, channels;
    std::vector<int> downs, ups;
    std::int64_t all = 1;
    const std::int64_t base = dice_.between(2, 8);
    for (int i = 0; i < depth_; ++i) {
      strides.push_back(threes && (uniform || dice_.one_in(2)) ? 3 : 2);
      all *= strides.back();
      channels.push_back(base << i);
      downs.push_back(i > 0 && uniform ? downs[0] : static_cast<int>(dice_.between(0, 5)));
      ups.push_back(i > 0 && uniform ? ups[0] : static_cast<int>(dice_.between(0, 3)));
    }
    channels.push_back(base << depth_);
    block_kernel_ = dice_.one_in(5) ? 5 : 3;
    const std::int64_t in = dice_.between(1, 3);
    Shape input{dice_.between(1, 2), in};
    for (int i = 0; i < axes_; ++i) input.push_back(all * dice_.between(2, 4));
    net_.dag.inputs.push_back(input);
    net_.dag.expect = "\"input\"";

    std::string x = "input";
    std::int64_t c = in;
    for (int i = 0; i < depth_; ++i) {
      const auto at = static_cast<std::size_t>(i);
      x = block("enc" + std::to_string(i), x, c, channels[at], i);
      c = channels[at];
      net_.skips.push_back(x);
      x = down(x, c, strides[at], downs[at], i);
    }
    x = block("middle", x, c, channels.back(), depth_);
    c = channels.back();
    for (int i = depth_; i-- > 0;) {
      const auto at = static_cast<std::size_t>(i);
      x = up(x, c, channels[at], strides[at], ups[at], i);
      c = channels[at];
      const std::int64_t kind = dice_.between(0, 9);
      if (kind > 0) {
        Node merge{"merge" + std::to_string(i), kind < 3 ? "Add" : "Concat", {}, {x, net_.skips[at]}};
        if (dice_.one_in(2)) std::swap(merge.inputs[0], merge.inputs[1]);
        if (kind >= 3) c *= 2;
        x = add(merge, Role::merge, i);
      }
      x = block("dec" + std::to_string(i), x, c, channels[at], i);
      c = channels[at];
    }
    conv("head", x, c, in, 1, 0, 1, Role::block, 0);
    return net_;
  }

 private:
  std::string add(Node node, Role role, int level) {
    const std::string name = node.name;
    net_.dag.nodes.push_back(std::move(node));
    net_.places.push_back({role, level});
    return name;
  }

  std::string conv(const std::string& name, const std::string& x, std::int64_t in, std::int64_t out,
                   std::int64_t k, std::int64_t p, std::int64_t s, Role role, int level) {
    Node node{name, "Conv" + std::to_string(axes_) + "d", {}, {x}};
    if (writes_in_) node.put("in_channels", in);
    node.put("out_channels", out).put("kernel_size", k);
    if (s != 1) node.put("stride", s);
    if (p != 0) node.put("padding", p);
    return add(node, role, level);
  }

  std::string block(const std::string& name, std::string x, std::int64_t in, std::int64_t out, int level) {
    for (int i = 0; i < convs_; ++i) {
      const std::string id = name + "_" + std::to_string(i);
      x = conv(id, x, in, out, block_kernel_, block_kernel_ / 2, 1, Role::block, level);
      in = out;
      if (norm_) {
        Node norm{id + "_norm", "BatchNorm" + std::to_string(axes_) + "d", {}, {x}};
        if (writes_in_) norm.put("num_features", out);
        x = add(norm, Role::other, level);
      }
      x = add(Node{id + "_act", "ReLU", {}, {x}}, Role::other, level);
    }
    return x;
  }

  std::string down(const std::string& x, std::int64_t c, std::int64_t s, int style, int level) {
    const std::string name = "down" + std::to_string(level);
    const std::string type = style == 0 ? "AvgPool" : "MaxPool";
    switch (style) {
      case 0:
      case 1:
        return add(
            Node{name, type + std::to_string(axes_) + "d", {}, {x}}.put("kernel_size", s).put("stride", s),
            Role::down, level);
      case 2:
        return add(Node{name, type + std::to_string(axes_) + "d", {}, {x}}
                       .put("kernel_size", 3)
                       .put("stride", s)
                       .put("padding", s == 2 ? 1 : 0),
                   Role::down, level);
      case 3:
        return conv(name, x, c, c, s, 0, s, Role::down, level);
      case 4:
        return conv(name, x, c, c, 3, s == 2 ? 1 : 0, s, Role::down, level);
      default:
        return conv(name, x, c, c, s + 2, 1, s, Role::down, level);
    }
  }

  std::string up(const std::string& x, std::int64_t in, std::int64_t out, std::int64_t s, int style,
                 int level) {
    const std::string name = "up" + std::to_string(level);
    if (style == 0) {
      const std::string y = add(Node{name, "Upsample", {}, {x}}.put("scale_factor", s), Role::up, level);
      return conv(name + "_conv", y, in, out, block_kernel_, block_kernel_ / 2, 1, Role::block, level);
    }
    Node node{name, "ConvTranspose" + std::to_string(axes_) + "d", {}, {x}};
    if (writes_in_) node.put("in_channels", in);
    node.put("out_channels", out);
    if (style == 1) node.put("kernel_size", s).put("stride", s);
    if (style == 2) node.put("kernel_size", s + 2).put("stride", s).put("padding", 1);
    if (style == 3)
      node.put("kernel_size", 3).put("stride", s).put("padding", 1).put("output_padding", s - 1);
    return add(node, Role::up, level);
  }

  Dice dice_;
  UNet net_;
  int axes_ = 2;
  int depth_ = 2;
  int convs_ = 1;
  bool writes_in_ = true;
  bool norm_ = false;
  std::int64_t block_kernel_ = 3;
};

// Plants one defect. The layers that a good diagnosis names; empty where the network has no place for the
// defect.
inline std::set<std::string> plant(UNet& net, Defect defect, Dice& dice) {
  std::vector<Node>& nodes = net.dag.nodes;
  const auto choose = [&](auto&& fits) -> int {
    std::vector<int> all;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (fits(nodes[i], net.places[i])) all.push_back(static_cast<int>(i));
    return all.empty() ? -1 : dice.of(all);
  };
  const auto windowed = [](const Node& node) { return has_option(node, "kernel_size"); };
  const auto is = [](const Node& node, const char* type) { return node.type.rfind(type, 0) == 0; };
  switch (defect) {
    case Defect::stride: {
      // Of a layer that changes the size; at times of one that should not.
      const bool inside = dice.one_in(6);
      const int i = choose([&](const Node& node, const UnetPlace& place) {
        return inside ? place.role == Role::block && windowed(node)
                      : place.role == Role::down || place.role == Role::up;
      });
      if (i < 0) return {};
      Node& node = nodes[static_cast<std::size_t>(i)];
      const std::string key = node.type == "Upsample" ? "scale_factor" : "stride";
      const std::int64_t s = number_of(node, key, 1);
      set_number(node, key, s == 1 || dice.one_in(2) ? s + 1 : s - 1);
      return {node.name};
    }
    case Defect::padding: {
      const int i = choose([&](const Node& node, const UnetPlace&) {
        return windowed(node) && !is(node, "AvgPool") && !is(node, "MaxPool") &&
               number_of(node, "kernel_size", 1) > 1;
      });
      if (i < 0) return {};
      Node& node = nodes[static_cast<std::size_t>(i)];
      const std::int64_t p = number_of(node, "padding", 0);
      set_number(node, "padding", p == 0 || dice.one_in(2) ? p + 1 : p - 1);
      return {node.name};
    }
    case Defect::kernel: {
      const int i = choose([&](const Node& node, const UnetPlace&) { return windowed(node); });
      if (i < 0) return {};
      Node& node = nodes[static_cast<std::size_t>(i)];
      const std::int64_t k = number_of(node, "kernel_size", 1);
      set_number(node, "kernel_size", k == 1 || dice.one_in(2) ? k + 1 : k - 1);
      return {node.name};
    }
    case Defect::channels: {
      const bool in = dice.one_in(3);
      const int i = choose([&](const Node& node, const UnetPlace&) {
        return has_option(node, in ? "in_channels" : "out_channels");
      });
      if (i < 0) return {};
      Node& node = nodes[static_cast<std::size_t>(i)];
      const std::string key = in ? "in_channels" : "out_channels";
      const std::int64_t c = number_of(node, key, 1);
      set_number(node, key, dice.one_in(2) ? c * 2 : c == 1 || dice.one_in(2) ? c + 1 : c - 1);
      return {node.name};
    }
    case Defect::missing_skip: {
      const int i = choose([&](const Node& node, const UnetPlace&) { return node.type == "Concat"; });
      if (i < 0) return {};
      const Node gone = nodes[static_cast<std::size_t>(i)];
      const int level = net.places[static_cast<std::size_t>(i)].level;
      const bool first_is_skip = gone.inputs[0] == net.skips[static_cast<std::size_t>(level)];
      const std::string other = gone.inputs[first_is_skip ? 1 : 0];
      nodes.erase(nodes.begin() + i);
      net.places.erase(net.places.begin() + i);
      std::set<std::string> readers;
      for (Node& node : nodes)
        for (std::string& name : node.inputs)
          if (name == gone.name) {
            name = other;
            readers.insert(node.name);
          }
      return readers;
    }
    case Defect::wrong_skip: {
      const int i = choose([&](const Node&, const UnetPlace& place) { return place.role == Role::merge; });
      if (i < 0) return {};
      const auto level = static_cast<std::size_t>(net.places[static_cast<std::size_t>(i)].level);
      std::size_t wrong = level;
      while (wrong == level)
        wrong = static_cast<std::size_t>(dice.between(0, static_cast<std::int64_t>(net.skips.size()) - 1));
      for (std::string& name : nodes[static_cast<std::size_t>(i)].inputs)
        if (name == net.skips[level]) name = net.skips[wrong];
      return {nodes[static_cast<std::size_t>(i)].name};
    }
    case Defect::input_size: {
      Shape& input = net.dag.inputs[0];
      const bool all = dice.one_in(2);
      const std::size_t one =
          static_cast<std::size_t>(dice.between(2, static_cast<std::int64_t>(input.size()) - 1));
      const std::int64_t more = dice.between(-5, 9);
      for (std::size_t k = 2; k < input.size(); ++k)
        if (all || k == one) input[k] = std::max<std::int64_t>(1, input[k] + more);
      // Whichever layer loses a part of the size: filled in by who knows the shapes.
      std::set<std::string> downs;
      for (std::size_t i = 0; i < nodes.size(); ++i)
        if (net.places[i].role == Role::down) downs.insert(nodes[i].name);
      return downs;
    }
    case Defect::output_padding: {
      const int i = choose([&](const Node& node, const UnetPlace& place) {
        return place.role == Role::up && is(node, "ConvTranspose");
      });
      if (i < 0) return {};
      Node& node = nodes[static_cast<std::size_t>(i)];
      const std::int64_t op = number_of(node, "output_padding", 0);
      set_number(node, "output_padding", op > 0 && dice.one_in(2) ? op - 1 : op + 1);
      return {node.name};
    }
  }
  return {};
}

}  // namespace shapedbg
