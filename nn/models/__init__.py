"""Models: the networks of the course and of the field's history, to be trained and looked into."""

from nn.models.alexnet import AlexNet
from nn.models.autoencoders import Autoencoder, VariationalAutoencoder, negative_elbo
from nn.models.detection import OneObjectDetector, detection_loss, intersection_over_union
from nn.models.gan import Discriminator, Generator, gan_step
from nn.models.language import LanguageModel, RecurrentLanguageModel, sequence_loss
from nn.models.lenet import LeNet5
from nn.models.resnet import BasicBlock, ResNet, ResNet18, SmallResNet
from nn.models.tagger import BiLSTMTagger
from nn.models.transformers import BERT, GPT, mask_tokens
from nn.models.translation import Translator
from nn.models.vgg import VGG16
from nn.models.word2vec import SkipGram, skip_grams

__all__ = [
    "BERT",
    "GPT",
    "VGG16",
    "AlexNet",
    "Autoencoder",
    "BasicBlock",
    "BiLSTMTagger",
    "Discriminator",
    "Generator",
    "LanguageModel",
    "LeNet5",
    "OneObjectDetector",
    "RecurrentLanguageModel",
    "ResNet",
    "ResNet18",
    "SkipGram",
    "SmallResNet",
    "Translator",
    "VariationalAutoencoder",
    "detection_loss",
    "gan_step",
    "intersection_over_union",
    "mask_tokens",
    "negative_elbo",
    "sequence_loss",
    "skip_grams",
]
