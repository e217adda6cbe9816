#include "repair/propose/option_values.h"

#include "net/facts.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <optional>

namespace shapedbg {
namespace {

constexpr std::int64_t kReach = 3;  // numbers next to the present one
constexpr std::size_t kMostGaps = 12;
constexpr std::size_t kMostEntries = 8;  // of a list, each looked at by itself

void add(std::vector<Gap>& gaps, std::int64_t have, std::int64_t want) {
  const Gap gap{have, want};
  if (have == want || have < 1 || want < 1 || gaps.size() >= kMostGaps) return;
  if (std::find(gaps.begin(), gaps.end(), gap) == gaps.end()) gaps.push_back(gap);
}

void add(std::vector<Gap>& gaps, const Shape& have, const Shape& want) {
  for (std::size_t k = 0; have.size() == want.size() && k < have.size(); ++k)
    if (want[k] != Expect::any_size) add(gaps, have[k], want[k]);
}

// What a refused layer got and what it would take.
void add_refused(const LayerSpec& layer, const LayerTrace& row, std::vector<Gap>& gaps) {
  for (std::size_t k = 1; k < row.inputs.size(); ++k) {
    add(gaps, row.inputs[k], row.inputs[0]);
    add(gaps, row.inputs[0], row.inputs[k]);
  }
  if (row.inputs.empty()) return;
  const Shape& x = row.inputs[0];
  for (const Opt opt : {Opt::in_channels, Opt::in_features, Opt::num_features, Opt::num_channels}) {
    const OptionValue* option = layer.find(opt);
    if (option == nullptr || !option->written) continue;
    for (const std::int64_t size : x) add(gaps, size, layer.integer(opt));
  }
  for (const Opt opt : {Opt::shape, Opt::unflattened_size}) {
    const OptionValue* option = layer.find(opt);
    if (option == nullptr) continue;
    const auto* sizes = std::get_if<std::vector<Expression>>(&option->value);
    std::int64_t product = 1;
    for (std::size_t k = 0; sizes != nullptr && k < sizes->size(); ++k)
      if ((*sizes)[k].is_constant() && (*sizes)[k].constant() > 0)
        if (__builtin_mul_overflow(product, (*sizes)[k].constant(), &product)) return;
    add(gaps, elements(x), product);
    for (const std::int64_t size : x) add(gaps, size, product);
  }
}

bool decides_shape(Opt opt) {
  switch (opt) {
    case Opt::kernel_size:
    case Opt::stride:
    case Opt::padding:
    case Opt::dilation:
    case Opt::ceil_mode:
    case Opt::out_channels:
    case Opt::out_features:
    case Opt::groups:
    case Opt::num_groups:
    case Opt::num_heads:
    case Opt::nhead:
    case Opt::hidden_size:
    case Opt::bidirectional:
    case Opt::num_parameters:
    case Opt::in1_features:
    case Opt::in2_features:
    case Opt::normalized_shape:
    case Opt::output_size:
    case Opt::size:
    case Opt::scale_factor:
    case Opt::upscale_factor:
    case Opt::downscale_factor:
    case Opt::unflattened_size:
    case Opt::shape:
    case Opt::dims:
    case Opt::index:
    case Opt::multiple:
    case Opt::keepdim:
    case Opt::chunks:
    case Opt::output:
    case Opt::repeats:
      return true;
    default:
      return names_axis(opt);
  }
}

// What comes on top of the distance: weights go with a kernel, dilation tears holes into it, a padded pool
// looks at other places.
std::int64_t surprise(const LayerSpec& layer, Opt opt) {
  switch (opt) {
    case Opt::kernel_size:
      return 4;
    case Opt::dilation:
      return 6;
    case Opt::padding:
      return layer.find(Opt::ceil_mode) != nullptr ? 1 : 0;
    default:
      return 0;
  }
}

// A window that is quite another one is another design.
bool slides(Opt opt) { return opt == Opt::kernel_size || opt == Opt::stride || opt == Opt::dilation; }

class Values {
 public:
  Values(const LayerSpec& layer, const LayerTrace& row, const OptionValue& option,
         const std::vector<Gap>& gaps)
      : layer_(layer), row_(row), option_(option), gaps_(gaps), opt_(option.info->opt) {}

  std::vector<Proposal> run() {
    if (const auto* one = std::get_if<std::int64_t>(&option_.value)) {
      if (option_.info->type == OptType::integer) {
        for (const std::int64_t v : integers(*one)) put(Value{v}, distance(v, *one));
        for (const std::int64_t v : arriving()) put(Value{v}, distance(v, *one));
      } else {
        lists(expanded(*one));
      }
    } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&option_.value)) {
      lists(*list);
    } else if (const auto* factor = std::get_if<double>(&option_.value)) {
      factors(std::vector<double>{*factor});
    } else if (const auto* several = std::get_if<std::vector<double>>(&option_.value)) {
      factors(*several);
    } else if (const auto* flag = std::get_if<bool>(&option_.value)) {
      put(Value{!*flag}, 1);
    } else if (const auto* sizes = std::get_if<std::vector<Expression>>(&option_.value)) {
      expressions(*sizes);
    } else if (const auto* ranges = std::get_if<std::vector<SliceRange>>(&option_.value)) {
      slices(*ranges);
    } else if (std::holds_alternative<std::string>(option_.value) && opt_ == Opt::padding) {
      words();
    } else if (opt_ == Opt::stride && std::holds_alternative<std::monostate>(option_.value)) {
      const auto axes = layer_.axes(Opt::stride);  // a pool's kernel_size
      lists({axes.begin(), axes.begin() + layer_.info().axes});
    }
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Proposal& a, const Proposal& b) { return a.amount < b.amount; });
    return std::move(found_);
  }

 private:
  static std::int64_t distance(std::int64_t a, std::int64_t b) {
    std::int64_t d = 0;
    if (__builtin_sub_overflow(a, b, &d) || d == INT64_MIN) return INT64_MAX / 4;
    return std::min(std::abs(d), INT64_MAX / 4);
  }

  bool allowed(std::int64_t v) const { return v >= option_.info->min && v <= option_.info->max; }

  void put(Value value, std::int64_t amount) {
    if (value == option_.value) return;
    for (const Proposal& known : found_)
      if (known.value == value) return;
    if (const auto trimmed = trimmed_by(value)) amount = *trimmed;
    found_.push_back({std::move(value), amount + surprise(layer_, opt_)});
  }

  // Of a Pad that trims: samples are lost at the end of a signal, so it is the end that is trimmed less.
  std::optional<std::int64_t> trimmed_by(const Value& value) const {
    if (layer_.info().family != Family::free_pad || opt_ != Opt::padding) return std::nullopt;
    const auto* now = std::get_if<std::vector<std::int64_t>>(&value);
    const auto* list = std::get_if<std::vector<std::int64_t>>(&option_.value);
    const auto* one = std::get_if<std::int64_t>(&option_.value);
    if (now == nullptr || (list == nullptr && one == nullptr)) return std::nullopt;
    std::int64_t sum = 0;
    bool trims = false;
    for (std::size_t k = 0; k < now->size(); ++k) {
      const std::int64_t was = list == nullptr ? *one : k < list->size() ? (*list)[k] : 0;
      if (was > 0) return std::nullopt;
      trims = trims || was < 0;
      const std::int64_t by = std::min<std::int64_t>(distance((*now)[k], was), 1 << 20);
      sum += k % 2 == 0 ? 2 * by : by;
    }
    return trims ? std::optional(sum) : std::nullopt;
  }

  bool has_uneven_kernel() const {
    if (layer_.find(Opt::kernel_size) == nullptr) return false;
    const auto kernel = layer_.axes(Opt::kernel_size);
    return !std::equal(kernel.begin() + 1, kernel.begin() + std::max(layer_.info().axes, 1), kernel.begin());
  }

  // The layer tells its axes apart in another option.
  bool one_axis_alone() const {
    return std::any_of(layer_.options.begin(), layer_.options.end(), [&](const OptionValue& option) {
      const auto* list = std::get_if<std::vector<std::int64_t>>(&option.value);
      return list != nullptr && option.info->type != OptType::integers && option.written &&
             list->size() == layer_.axis_count() && !list->empty() &&
             !std::equal(list->begin() + 1, list->end(), list->begin());
    });
  }

  std::vector<std::int64_t> expanded(std::int64_t one) const {
    const auto axes = static_cast<std::size_t>(std::max(layer_.info().axes, 1));
    if (option_.info->type == OptType::pads) return std::vector<std::int64_t>(2 * axes, one);
    const bool per_axis = option_.info->type != OptType::integers;
    return std::vector<std::int64_t>(per_axis ? axes : 1, one);
  }

  // Numbers that could stand in the place of `v`.
  std::vector<std::int64_t> integers(std::int64_t v) const {
    std::vector<std::int64_t> all;
    const auto take = [&](std::int64_t n) {
      if (slides(opt_) && distance(n, v) > std::max(kReach, v / 2)) return;
      if (n != v && allowed(n) && std::find(all.begin(), all.end(), n) == all.end()) all.push_back(n);
    };
    if (names_axis(opt_)) {
      const auto rank = row_.inputs.empty() ? 0 : static_cast<std::int64_t>(row_.inputs[0].size());
      // Joined along the batch, samples become more samples.
      const bool joins = layer_.info().family == Family::concat && v != 0;
      for (std::int64_t n = 0; n <= rank; ++n) {
        if (joins && (n == 0 || n > rank - 1)) continue;
        take(n);
        if (v < 0) take(n - rank - 1);
      }
      return all;
    }
    // One group over one channel leaves nothing.
    if (opt_ == Opt::num_groups && !row_.inputs.empty() && row_.inputs[0].size() > 1 && row_.inputs[0][1] < 2)
      return {};
    const bool heads = opt_ == Opt::num_heads || opt_ == Opt::nhead;
    if (opt_ == Opt::groups || opt_ == Opt::num_groups || heads) {
      for (std::int64_t n = 1; n <= std::min<std::int64_t>(2 * v, 512); ++n)
        if ((n <= 16 || v % n == 0) && !(heads && n == 1)) take(n);
    }
    for (std::int64_t by = 1; by <= kReach; ++by) {
      take(v - by);
      take(v + by);
    }
    // Windows side by side: the stride of patches.
    if (opt_ == Opt::stride && layer_.has(Opt::kernel_size)) {
      const std::int64_t kernel = layer_.axes(Opt::kernel_size)[0];
      if (kernel != v && allowed(kernel) && std::find(all.begin(), all.end(), kernel) == all.end())
        all.push_back(kernel);
    }
    for (const Gap& gap : gaps_) {
      const std::int64_t by = gap.want - gap.have;
      std::int64_t n = 0;
      if (!__builtin_add_overflow(v, by, &n)) take(n);
      if (opt_ == Opt::padding && by % 2 == 0) take(v + by / 2);
      if (opt_ == Opt::padding && by % 2 == 0) take(v - by / 2);
      if (opt_ == Opt::padding) take(v - by);
      if (!__builtin_mul_overflow(v, gap.want, &n) && n % gap.have == 0) take(n / gap.have);
      // Sizes themselves, where the option is one.
      if (opt_ == Opt::output_size || opt_ == Opt::size) take(gap.want);
    }
    return all;
  }

  // Numbers of features that come in where the option has to say how many.
  std::vector<std::int64_t> arriving() const {
    const std::size_t input = opt_ == Opt::in2_features ? 1 : 0;
    const bool features = opt_ == Opt::in1_features || opt_ == Opt::in2_features;
    if (row_.inputs.size() <= input || row_.inputs[input].empty()) return {};
    if (features) return {row_.inputs[input].back()};
    // A first state is as wide as the layer is to be.
    if (opt_ == Opt::hidden_size && row_.inputs.size() > 1 && !row_.inputs[1].empty())
      return {row_.inputs[1].back()};
    if (opt_ == Opt::num_parameters && row_.inputs[0].size() > 1) return {1, row_.inputs[0][1]};
    return {};
  }

  void lists(const std::vector<std::int64_t>& present) {
    if (opt_ == Opt::dims) {
      exchanged(present);
      return;
    }
    if (opt_ == Opt::normalized_shape) {
      trailing(present);
      return;
    }
    if (names_axis(opt_) && axes_there(present)) return;
    // All entries alike: as one number would be.
    const bool alike = !present.empty() && std::equal(present.begin() + 1, present.end(), present.begin());
    // But an uneven kernel is padded where it is too long.
    const std::int64_t uneven = opt_ == Opt::padding && has_uneven_kernel() ? 2 : 0;
    const std::int64_t for_one = alike && one_axis_alone() ? 2 : 0;
    if (alike && present[0] != keep_size)
      for (const std::int64_t v : integers(present[0]))
        put(Value{std::vector<std::int64_t>(present.size(), v)},
            (centres(v) ? 0 : distance(v, present[0])) + uneven + for_one);
    if (!alike) {
      for (const std::int64_t by : {-1, 1, -2, 2, -3, 3}) {
        std::vector<std::int64_t> all = present;
        const bool good = std::all_of(all.begin(), all.end(),
                                      [&](std::int64_t& v) { return v != keep_size && allowed(v += by); });
        if (good) put(Value{all}, std::abs(by));
      }
    }
    for (std::size_t k = 0; present.size() > 1 && k < std::min(present.size(), kMostEntries); ++k) {
      if (present[k] == keep_size) continue;
      for (const std::int64_t v : integers(present[k])) {
        std::vector<std::int64_t> one = present;
        one[k] = v;
        put(Value{std::move(one)}, distance(v, present[k]) + 1);
      }
    }
    const bool free = opt_ == Opt::padding && layer_.info().family == Family::free_pad;
    if (free || option_.info->type == OptType::pads) sides(present);
  }

  // Half of what a window reaches over on each side, as people pad strided convolutions.
  bool centres(std::int64_t v) const {
    if (opt_ != Opt::padding || layer_.info().family != Family::conv || !layer_.has(Opt::kernel_size))
      return false;
    const Window w = window_of(layer_, 0);
    return w.s > 1 && v > 0 && 2 * v == w.reach();
  }

  // Padding of one axis, or in front alone and behind alone on all of them.
  void sides(const std::vector<std::int64_t>& present) {
    for (std::int64_t by = -kReach; by <= kReach; ++by) {
      for (std::size_t k = 0; k + 1 < present.size(); k += 2) {
        std::vector<std::int64_t> axis = present;
        if (allowed(axis[k] += by) && allowed(axis[k + 1] += by)) put(Value{axis}, std::abs(by) + 1);
      }
      for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
        std::vector<std::int64_t> all = present;
        for (std::size_t k = side; k < all.size(); k += 2) all[k] += by;
        if (std::all_of(all.begin(), all.end(), [&](std::int64_t v) { return allowed(v); }))
          put(Value{all}, std::abs(by) + 1);
      }
    }
  }

  void exchanged(const std::vector<std::int64_t>& present) {
    for (std::size_t i = 0; i < std::min(present.size(), kMostEntries); ++i)
      for (std::size_t j = i + 1; j < std::min(present.size(), kMostEntries); ++j) {
        std::vector<std::int64_t> fresh = present;
        std::swap(fresh[i], fresh[j]);
        put(Value{fresh}, 1);
      }
    // An axis that is named twice or not at all.
    for (std::size_t i = 0; i < std::min(present.size(), kMostEntries); ++i)
      for (const std::int64_t v : integers(present[i])) {
        std::vector<std::int64_t> fresh = present;
        fresh[i] = v;
        put(Value{fresh}, 2);
      }
  }

  // Of several axes those that the tensor has not are others; the rest stays. False where it has them all.
  bool axes_there(const std::vector<std::int64_t>& present) {
    const auto rank = row_.inputs.empty() ? 0 : static_cast<std::int64_t>(row_.inputs[0].size());
    bool lacks = false;
    for (std::size_t k = 0; k < std::min(present.size(), kMostEntries); ++k) {
      if (present[k] >= -rank && present[k] < rank) continue;
      lacks = true;
      for (const std::int64_t v : integers(present[k])) {
        std::vector<std::int64_t> fresh = present;
        fresh[k] = v;
        if (std::count(present.begin(), present.end(), v) == 0)
          put(Value{std::move(fresh)}, distance(v, present[k]));
      }
    }
    return lacks;
  }

  void trailing(const std::vector<std::int64_t>& present) {
    if (row_.inputs.empty()) return;
    const Shape& x = row_.inputs[0];
    for (std::size_t count = 1; count <= x.size(); ++count)
      put(Value{std::vector<std::int64_t>(x.end() - static_cast<std::ptrdiff_t>(count), x.end())},
          1 + distance(static_cast<std::int64_t>(count), static_cast<std::int64_t>(present.size())));
  }

  void factors(const std::vector<double>& present) {
    const auto numbers = [&](double v) {
      std::vector<double> all;
      for (const double by : {1.0, -1.0, 2.0, -2.0, 0.5, -0.5}) all.push_back(v + by);
      for (const double by : {2.0, 0.5, 4.0, 0.25}) all.push_back(v * by);
      for (const Gap& gap : gaps_)
        all.push_back(v * static_cast<double>(gap.want) / static_cast<double>(gap.have));
      // Nobody writes a factor of 16.667.
      std::erase_if(all, [](double f) { return !(f > 0 && f < 1000 && (f * 8) == std::floor(f * 8)); });
      return all;
    };
    const auto amount = [](double v, double was) { return std::llround(std::ceil(std::abs(v - was))) + 1; };
    const bool one = present.size() == 1;
    const bool alike = std::equal(present.begin() + 1, present.end(), present.begin());
    for (const double v : alike ? numbers(present[0]) : std::vector<double>{})
      put(one && std::holds_alternative<double>(option_.value)
              ? Value{v}
              : Value{std::vector<double>(present.size(), v)},
          amount(v, present[0]));
    for (std::size_t k = 0; !one && k < std::min(present.size(), kMostEntries); ++k)
      for (const double v : numbers(present[k])) {
        std::vector<double> fresh = present;
        fresh[k] = v;
        put(Value{std::move(fresh)}, amount(v, present[k]) + 1);
      }
  }

  // How much the shape has to hold: all elements, or the one axis that an Unflatten takes apart.
  std::int64_t taken_apart() const {
    if (row_.inputs.empty()) return 0;
    const Shape& x = row_.inputs[0];
    if (opt_ != Opt::unflattened_size) return elements(x);
    const auto rank = static_cast<std::int64_t>(x.size());
    const std::int64_t dim = layer_.integer(Opt::dim) + (layer_.integer(Opt::dim) < 0 ? rank : 0);
    return dim < 0 || dim >= rank ? 0 : x[static_cast<std::size_t>(dim)];
  }

  // As many as there are samples: in front, or behind the layers of a last state. Whatever comes is meant.
  bool counts_samples(std::int64_t n, const std::vector<Expression>& present) const {
    const Shape& x = row_.inputs[0];
    const bool first = x.size() > 1 && (x[0] == n || (x.size() == 3 && x[0] == 1 && x[1] == n));
    return first && std::none_of(present.begin(), present.end(), [](const Expression& size) {
             return size.is_constant() && size.constant() < 0;
           });
  }

  void expressions(const std::vector<Expression>& present) {
    std::int64_t others = 1;
    for (const Expression& e : present)
      if (e.is_constant() && e.constant() > 0 && __builtin_mul_overflow(others, e.constant(), &others))
        return;
    const std::int64_t total = taken_apart();
    const bool reshape = opt_ == Opt::shape || opt_ == Opt::unflattened_size;
    for (std::size_t k = 0; k < std::min(present.size(), kMostEntries); ++k) {
      if (!present[k].is_constant()) continue;
      const std::int64_t v = present[k].constant();
      const auto with = [&](std::int64_t n, std::int64_t amount) {
        std::vector<Expression> fresh = present;
        fresh[k] = Expression(n);
        put(Value{std::move(fresh)}, amount);
      };
      // The one number that makes the elements come out.
      if (reshape && v > 0 && total % std::max<std::int64_t>(others / v, 1) == 0) {
        const std::int64_t rest = total / std::max<std::int64_t>(others / v, 1);
        with(k == 0 && opt_ == Opt::shape && counts_samples(rest, present) ? -1 : rest, 1);
      }
      for (const std::int64_t n : integers(v))
        if (n > 0) with(n, distance(n, v));
      if (opt_ == Opt::shape && v > 0) with(-1, 4);
      // The sides of a square map change together.
      if (v < 2 || k == 0 || present[k - 1] != present[k]) continue;
      for (const std::int64_t n : integers(v)) {
        std::vector<Expression> fresh = present;
        for (Expression& e : fresh)
          if (e == present[k]) e = Expression(n);
        if (n > 0) put(Value{std::move(fresh)}, distance(n, v) + 1);
      }
    }
  }

  static std::vector<SliceRange> opened(std::vector<SliceRange> ranges, std::size_t k, SliceRange open) {
    ranges[k] = open;
    return ranges;
  }

  // Whoever leaves the first part out does not mean all of it.
  static bool takes_all(const std::vector<SliceRange>& ranges) {
    return std::all_of(ranges.begin(), ranges.end(), [](const SliceRange& range) {
      return (range.start == SliceRange::open || range.start == 0) && range.stop == SliceRange::open &&
             range.step == 1;
    });
  }

  void slices(const std::vector<SliceRange>& present) {
    for (std::size_t k = 0; k < std::min(present.size(), kMostEntries); ++k) {
      const auto with = [&](SliceRange range, std::int64_t amount) {
        if (range.step < 1) return;
        std::vector<SliceRange> fresh = present;
        fresh[k] = range;
        put(Value{std::move(fresh)}, amount);
      };
      SliceRange open = present[k];
      open.start = SliceRange::open;
      if (present[k].start != SliceRange::open && present[k].start > 0 && takes_all(opened(present, k, open)))
        continue;
      with(open, 3);
      open = present[k];
      open.stop = SliceRange::open;
      with(open, 3);
      for (std::int64_t SliceRange::*bound : {&SliceRange::start, &SliceRange::stop, &SliceRange::step}) {
        if (present[k].*bound == SliceRange::open) continue;
        std::vector<std::int64_t> numbers = integers(present[k].*bound);
        if (bound == &SliceRange::stop) counted_from_the_end(present[k].stop, numbers);
        for (const std::int64_t v : numbers) {
          SliceRange fresh = present[k];
          fresh.*bound = v;
          with(fresh, distance(v, present[k].*bound));
        }
      }
    }
  }

  // "[:-2]": as much more or less as sizes differ by.
  void counted_from_the_end(std::int64_t stop, std::vector<std::int64_t>& numbers) const {
    for (const Gap& gap : gaps_) {
      std::int64_t fresh = 0;
      if (stop < 0 && !__builtin_add_overflow(stop, gap.want - gap.have, &fresh) && fresh < 0)
        numbers.push_back(fresh);
    }
  }

  // "same" or "valid" written where the other was meant, or numbers.
  void words() {
    for (const char* const word : {"same", "valid"}) put(Value{std::string(word)}, 1);
    for (std::int64_t p = 0; p <= kReach; ++p)
      put(Value{std::vector<std::int64_t>(layer_.axis_count(), p)}, 2 + p);
  }

  const LayerSpec& layer_;
  const LayerTrace& row_;
  const OptionValue& option_;
  const std::vector<Gap>& gaps_;
  Opt opt_;
  std::vector<Proposal> found_;
};

}  // namespace

std::optional<std::string> written_options(const Spec& spec, const LayerSpec& layer) {
  std::string text;
  for (const OptionValue& option : layer.options) {
    if (!option.written || option.info->opt == Opt::in_channels || option.info->opt == Opt::in_features)
      continue;
    if (option.info->type == OptType::reference) return std::nullopt;
    text += R"(, ")" + std::string(to_string(option.info->opt)) + R"(": )" +
            (option.info->type == OptType::integers ? to_json(spec, option.value) : short_json(option.value));
  }
  return text;
}

bool names_axis(Opt opt) {
  switch (opt) {
    case Opt::dim:
    case Opt::dim0:
    case Opt::dim1:
    case Opt::start_dim:
    case Opt::end_dim:
      return true;
    default:
      return false;
  }
}

std::vector<Gap> gaps_of(const Situation& s) {
  std::vector<Gap> gaps;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& layer = s.spec.layers[i];
    const LayerTrace& row = s.trace.layers[i];
    if (!row.refusals.empty() && !row.after_failure) add_refused(layer, row, gaps);
    if (layer.expect && !row.outputs.empty())
      add(gaps, row.outputs[0], expected_shape(s.spec, *layer.expect));
  }
  const Shape* result = s.trace.result(s.spec);
  if (s.spec.expect && result != nullptr) add(gaps, *result, expected_shape(s.spec, *s.spec.expect));
  return gaps;
}

std::vector<Proposal> proposals(const LayerSpec& layer, const LayerTrace& row, const OptionValue& option,
                                const std::vector<Gap>& gaps) {
  if (!decides_shape(option.info->opt)) return {};
  // Numbers that change no shape of this kind; but an axis that the tensor has not is refused.
  const bool no_axis = names_axis(option.info->opt) && !row.refusals.empty() && !row.after_failure;
  if (keeps_shape(layer.info().family) && facts(layer.kind).channels == Channels::none && !no_axis) return {};
  // What an own layer returns is told by its program, not set here.
  if (layer.kind == LayerKind::Custom) return {};
  // A pool over everything was meant: what it returns is to be resized, not to be another pool.
  if (layer.info().family == Family::adaptive_pool && option.info->opt == Opt::output_size) {
    const auto sizes = layer.axes(Opt::output_size);
    if (std::all_of(sizes.begin(), sizes.begin() + layer.info().axes, [](std::int64_t n) { return n == 1; }))
      return {};
  }
  return Values(layer, row, option, gaps).run();
}

}  // namespace shapedbg
