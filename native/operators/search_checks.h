// What the search operators ask of their arguments, on every device.
#pragma once

#include <ATen/ATen.h>

#include <cmath>

namespace weight_search {

// Whether x is a finite number in the arithmetic of the logits.
inline bool finiteFor(const at::Tensor& logits, double x) {
  return logits.scalar_type() == at::kFloat ? std::isfinite(static_cast<float>(x)) : std::isfinite(x);
}

inline void checkLogitType(const at::Tensor& logits) {
  TORCH_CHECK(logits.scalar_type() == at::kFloat || logits.scalar_type() == at::kDouble,
              "logits must be float32 or float64, not ", logits.scalar_type());
}

inline void checkTemperature(const at::Tensor& logits, double temperature) {
  TORCH_CHECK(temperature > 0 && finiteFor(logits, temperature) && finiteFor(logits, 1 / temperature),
              "temperature must be positive and finite, and its reciprocal finite, not ", temperature);
}

inline void checkDraw(const at::Tensor& logits, at::ArrayRef<double> values, double temperature, double noiseScale) {
  checkLogitType(logits);
  TORCH_CHECK(values.size() >= 2, "a value set needs at least 2 values, not ", values.size());
  TORCH_CHECK(logits.dim() >= 1 && logits.size(-1) == static_cast<int64_t>(values.size()),
              "the last dimension of logits ", logits.sizes(), " must be the number of values, ", values.size());
  for (const double value : values) TORCH_CHECK(finiteFor(logits, value), "values must be finite, not ", value);
  checkTemperature(logits, temperature);
  TORCH_CHECK(noiseScale >= 0 && finiteFor(logits, noiseScale), "noise scale must be >= 0 and finite, not ", noiseScale);
}

inline at::Tensor weightLike(const at::Tensor& logits) { return at::empty(logits.sizes().slice(0, logits.dim() - 1), logits.options()); }

inline void checkWeights(const at::Tensor& logits, const at::Tensor& weights, const char* name) {
  TORCH_CHECK(weights.scalar_type() == logits.scalar_type(), name, " must have the logits' type, ", logits.scalar_type());
  TORCH_CHECK(weights.sizes() == logits.sizes().slice(0, logits.dim() - 1), name, " must have shape ",
              logits.sizes().slice(0, logits.dim() - 1), ", not ", weights.sizes());
}

// The weight that a step of the logits is to fill with the values of their greatest logits, where there is one.
inline void checkHardWeight(const at::Tensor& logits, const c10::optional<at::Tensor>& hardWeight) {
  if (!hardWeight.has_value() || !hardWeight->defined()) return;
  checkWeights(logits, *hardWeight, "hard_weight");
  TORCH_CHECK(hardWeight->is_contiguous(), "hard_weight must be contiguous");
}

// What the kernels of logit_sgd_ ask of the tensors that they update.
inline void checkUpdated(const at::Tensor& logits, const at::Tensor& momentum) {
  TORCH_CHECK(logits.is_contiguous() && momentum.is_contiguous() && momentum.sizes() == logits.sizes() &&
                  momentum.scalar_type() == logits.scalar_type(),
              "logits and momentum must be contiguous, of one shape and type");
}

// What search_statistics asks of its arguments: choices are indices into at most 256 values.
inline void checkStatistics(const at::Tensor& logits, double temperature, const at::Tensor& choices) {
  checkLogitType(logits);
  TORCH_CHECK(logits.dim() >= 1 && logits.size(-1) >= 2 && logits.size(-1) <= 256, "the last dimension of logits ", logits.sizes(),
              " must be a number of values, 2 to 256");
  checkTemperature(logits, temperature);
  TORCH_CHECK(choices.scalar_type() == at::kByte && choices.is_contiguous() &&
                  choices.sizes() == logits.sizes().slice(0, logits.dim() - 1) && choices.device() == logits.device(),
              "choices must be contiguous, uint8, of shape ", logits.sizes().slice(0, logits.dim() - 1), " and on ", logits.device(),
              ", not ", choices.scalar_type(), " ", choices.sizes(), " on ", choices.device());
}

}  // namespace weight_search
