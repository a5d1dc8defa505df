/* The table of papers. */
#include "tools/figures/papers.h"

#include <string.h>

#define NEURIPS "Advances in Neural Information Processing Systems"
#define ICLR "International Conference on Learning Representations"
#define ICML "International Conference on Machine Learning"
#define CVPR "IEEE/CVF Conference on Computer Vision and Pattern Recognition"

static const bf_paper papers[] = {
    {"salimans2016",
     "Salimans, Tim and Goodfellow, Ian and Zaremba, Wojciech and Cheung, Vicki and Radford, Alec and Chen, Xi",
     "Improved Techniques for Training GANs", "inproceedings", NEURIPS, 2016},
    {"heusel2017",
     "Heusel, Martin and Ramsauer, Hubert and Unterthiner, Thomas and Nessler, Bernhard and Hochreiter, Sepp",
     "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", "inproceedings", NEURIPS,
     2017},
    {"binkowski2018", "Bi{\\'n}kowski, Miko{\\l}aj and Sutherland, Danica J. and Arbel, Michael and Gretton, Arthur",
     "Demystifying MMD GANs", "inproceedings", ICLR, 2018},
    {"sajjadi2018",
     "Sajjadi, Mehdi S. M. and Bachem, Olivier and Lucic, Mario and Bousquet, Olivier and Gelly, Sylvain",
     "Assessing Generative Models via Precision and Recall", "inproceedings", NEURIPS, 2018},
    {"kynkaanniemi2019",
     "Kynk{\\\"a}{\\\"a}nniemi, Tuomas and Karras, Tero and Laine, Samuli and Lehtinen, Jaakko and Aila, Timo",
     "Improved Precision and Recall Metric for Assessing Generative Models", "inproceedings", NEURIPS, 2019},
    {"naeem2020", "Naeem, Muhammad Ferjad and Oh, Seong Joon and Uh, Youngjung and Choi, Yunjey and Yoo, Jaejun",
     "Reliable Fidelity and Diversity Metrics for Generative Models", "inproceedings", ICML, 2020},
    {"chong2020", "Chong, Min Jin and Forsyth, David",
     "Effectively Unbiased FID and Inception Score and Where to Find Them", "inproceedings", CVPR, 2020},
    {"meehan2020", "Meehan, Casey and Chaudhuri, Kamalika and Dasgupta, Sanjoy",
     "A Non-Parametric Test to Detect Data-Copying in Generative Models", "inproceedings",
     "International Conference on Artificial Intelligence and Statistics", 2020},
    {"nash2021", "Nash, Charlie and Menick, Jacob and Dieleman, Sander and Battaglia, Peter W.",
     "Generating Images with Sparse Representations", "inproceedings", ICML, 2021},
    {"bai2021", "Bai, Ching-Yuan and Lin, Hsuan-Tien and Raffel, Colin and Kan, Wendy Chi-wen",
     "On Training Sample Memorization: Lessons from Benchmarking Generative Modeling with a Large-scale Competition",
     "inproceedings", "ACM SIGKDD Conference on Knowledge Discovery and Data Mining", 2021},
    {"alaa2022", "Alaa, Ahmed and van Breugel, Boris and Saveliev, Evgeny S. and van der Schaar, Mihaela",
     "How Faithful is your Synthetic Data? Sample-level Metrics for Evaluating and Auditing Generative Models",
     "inproceedings", ICML, 2022},
    {"friedman2023", "Friedman, Dan and Dieng, Adji Bousso",
     "The Vendi Score: A Diversity Evaluation Metric for Machine Learning", "article",
     "Transactions on Machine Learning Research", 2023},
    {"kynkaanniemi2023",
     "Kynk{\\\"a}{\\\"a}nniemi, Tuomas and Karras, Tero and Aittala, Miika and Aila, Timo and Lehtinen, Jaakko",
     "The Role of ImageNet Classes in Fr{\\'e}chet Inception Distance", "inproceedings", ICLR, 2023},
    {"stein2023",
     "Stein, George and Cresswell, Jesse C. and Hosseinzadeh, Rasa and Sui, Yi and Ross, Brendan Leigh and Villecroze, "
     "Valentin and Liu, Zhaoyan and Caterini, Anthony L. and Taylor, J. Eric T. and Loaiza-Ganem, Gabriel",
     "Exposing Flaws of Generative Model Evaluation Metrics and Their Unfair Treatment of Diffusion Models",
     "inproceedings", NEURIPS, 2023},
    {"jayasumana2024",
     "Jayasumana, Sadeep and Ramalingam, Srikumar and Veit, Andreas and Glasner, Daniel and Chakrabarti, Ayan and "
     "Kumar, "
     "Sanjiv",
     "Rethinking FID: Towards a Better Evaluation Metric for Image Generation", "inproceedings", CVPR, 2024},
    {"berthet2026",
     "Berthet, Quentin and Wu, Yu-Han and Crepy, Cl{\\'e}ment and Elie, Romuald and Greff, Klaus and Sander, "
     "Micha{\\\"e}l E.",
     "MIND: Monge Inception Distance for Generative Models Evaluation", "misc", "arXiv:2605.06797", 2026},
};

const bf_paper *bf_paper_at(size_t index)
{
    return index < sizeof papers / sizeof papers[0] ? &papers[index] : NULL;
}

const bf_paper *bf_paper_find(const char *key, size_t n)
{
    for (size_t i = 0; i < sizeof papers / sizeof papers[0]; i++)
        if (strlen(papers[i].key) == n && memcmp(papers[i].key, key, n) == 0)
            return &papers[i];
    return NULL;
}
